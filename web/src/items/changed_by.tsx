import type { Item } from '@collab-todo/client';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../ui/avatar';
import { usePersonName } from './people';

/** Who made an item and who changed it last, and when. */
export function ChangedBy({ item }: { item: Item }) {
  const { t, i18n } = useTranslation();
  const personName = usePersonName();
  const format = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' });
  const name = personName(item.updated_by);
  return (
    <div className="flex items-center gap-2 text-sm text-muted">
      <Avatar user_id={item.updated_by} name={name} />
      <p>
        <time dateTime={item.updated_at}>{t('items.changed_by', { name, when: format.format(new Date(item.updated_at)) })}</time>
        <br />
        <time dateTime={item.created_at}>
          {t('items.created_by', { name: personName(item.created_by), when: format.format(new Date(item.created_at)) })}
        </time>
      </p>
    </div>
  );
}
