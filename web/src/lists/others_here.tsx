import { useClient, usePresence } from '@collab-todo/react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../ui/avatar';

const mostShown = 3;

/** Who else is in a list now, as small rounds. */
export function OthersHere({ list_id }: { list_id: string }) {
  const { t } = useTranslation();
  const { user_id: me } = useClient();
  const others = new Map(usePresence(list_id).filter(({ user_id }) => user_id !== me).map((one) => [one.user_id, one]));
  if (others.size === 0) return null;
  const shown = [...others.values()].slice(0, others.size > mostShown ? mostShown - 1 : mostShown);
  return (
    <span className="flex shrink-0 -space-x-1.5 *:ring-2 *:ring-surface">
      {shown.map(({ user_id, name }) => (
        <Avatar key={user_id} size="small" user_id={user_id} name={t('lists.is_here', { name: name ?? t('lists.somebody') })} initialOf={name} />
      ))}
      {others.size > shown.length && (
        <span className="inline-flex size-5.5 items-center justify-center rounded-full bg-raised text-[0.625rem] font-semibold text-muted">
          {`+${others.size - shown.length}`}
        </span>
      )}
    </span>
  );
}
