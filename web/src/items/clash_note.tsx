import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';

export interface ClashNoteProps {
  /** What happened, as a sentence. */
  told: string;
  mine: string;
  theirs: string;
  mineLabel: string;
  theirsLabel: string;
  onMine: () => void;
  onTheirs: () => void;
}

/** Two values for one thing, and a button for each. */
export function ClashNote({ told, mine, theirs, mineLabel, theirsLabel, onMine, onTheirs }: ClashNoteProps) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={told} className="my-1 rounded-lg bg-warning-soft px-3 py-2 text-sm text-ink">
      <p className="font-medium text-warning">{told}</p>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5">
        <dt className="text-warning">{t('items.yours')}</dt>
        <dd className="min-w-0 break-words whitespace-pre-wrap">{mine}</dd>
        <dt className="text-warning">{t('items.theirs')}</dt>
        <dd className="min-w-0 break-words whitespace-pre-wrap">{theirs}</dd>
      </dl>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button onClick={onMine}>{mineLabel}</Button>
        <Button onClick={onTheirs}>{theirsLabel}</Button>
      </div>
    </div>
  );
}
