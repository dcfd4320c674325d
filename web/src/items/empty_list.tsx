import { CircleCheckBig, ListPlus, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useListContext } from './list_context';

const icons = { empty: ListPlus, all_done: CircleCheckBig, no_hits: SearchX };

/** What stands where there are no items to see, and what to do about it. */
export function EmptyList({ why }: { why: keyof typeof icons }) {
  const { t } = useTranslation();
  const { canEdit } = useListContext();
  const Icon = icons[why];
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center gap-2 px-6 py-14 text-center">
      <Icon className="size-10 text-accent" strokeWidth={1.5} aria-hidden />
      <p className="font-medium">{t(`items.none.${why}`)}</p>
      <p className="text-sm text-muted">{t(why === 'empty' && !canEdit ? 'items.none.empty_hint_viewer' : `items.none.${why}_hint`)}</p>
    </div>
  );
}
