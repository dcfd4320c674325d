import type { Item } from '@collab-todo/client';
import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useListContext } from './list_context';

export interface ItemCheckProps {
  item: Item;
  tabIndex: number;
}

const round = 'grid size-6 shrink-0 place-items-center rounded-full border-2';

/** The round that checks an item off. Who may only read sees it, but not as something to press. */
export function ItemCheck({ item, tabIndex }: ItemCheckProps) {
  const { t } = useTranslation();
  const { canEdit, actions } = useListContext();
  if (!canEdit) {
    return (
      <span role="img" aria-label={t(item.done ? 'items.is_done' : 'items.is_open')} className={`m-1.5 ${round} ${item.done ? 'border-accent bg-accent' : 'border-muted'}`}>
        {item.done && <Check className="size-4 text-accent-ink" strokeWidth={3} aria-hidden />}
      </span>
    );
  }
  return (
    <label className="relative grid size-9 shrink-0 cursor-pointer place-items-center">
      <input
        type="checkbox"
        data-control="check"
        checked={item.done}
        tabIndex={tabIndex}
        aria-label={item.name}
        onChange={(event) => actions.check(item, event.nativeEvent instanceof MouseEvent && event.nativeEvent.detail > 0 ? undefined : 'keyboard')}
        className={`peer appearance-none transition-colors checked:border-accent checked:bg-accent ${round} ${item.status === 'in_progress' ? 'border-accent' : 'border-muted'} hover:border-accent`}
      />
      <Check className="pointer-events-none absolute size-4 text-accent-ink opacity-0 transition-opacity peer-checked:opacity-100" strokeWidth={3} aria-hidden />
    </label>
  );
}
