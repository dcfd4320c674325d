import type { Item } from '@collab-todo/client';
import { useTranslation } from 'react-i18next';
import { useListContext } from './list_context';

const statuses = ['not_started', 'in_progress', 'completed'] as const;

/** How far an item is: one of three. */
export function StatusField({ item }: { item: Item }) {
  const { t } = useTranslation();
  const { canEdit, actions } = useListContext();
  if (!canEdit) {
    return (
      <div>
        <p className="mb-1 text-sm font-medium">{t('items.fields.status')}</p>
        <p className="text-sm">{t(`items.status.${item.status}`)}</p>
      </div>
    );
  }
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{t('items.fields.status')}</legend>
      <div className="flex rounded-lg border border-line bg-ground p-0.5">
        {statuses.map((status) => (
          <label
            key={status}
            className="flex min-h-8 flex-1 cursor-pointer items-center justify-center rounded-md px-2 text-center text-sm text-muted has-checked:bg-accent-soft has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={`status-${item.id}`}
              className="sr-only"
              checked={item.status === status}
              onChange={() => actions.write(item, { status })}
            />
            {t(`items.status.${status}`)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
