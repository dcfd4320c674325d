import type { ListView } from '@collab-todo/client';
import { usePresence } from '@collab-todo/react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../ui/avatar';
import { presentFirst, usePersonName } from './people';

const mostShown = 4;

/** The members of a shared list; who is here now stands first, with a dot. */
export function People({ list }: { list: ListView }) {
  const { t } = useTranslation();
  const personName = usePersonName();
  const people = presentFirst(list.members, usePresence(list.list_id));
  if (people.length < 2) return null;
  const more = people.length - mostShown;
  return (
    <ul className="flex items-center -space-x-1.5" aria-label={t('items.members')}>
      {people.slice(0, more === 1 ? mostShown + 1 : mostShown).map(({ member, isHere }) => (
        <li key={member.user_id} className={`relative rounded-full ring-2 ring-surface ${isHere ? '' : 'opacity-60 grayscale'}`}>
          <Avatar user_id={member.user_id} name={personName(member.user_id)} />
          {isHere && (
            <span className="absolute right-0 bottom-0 size-2.5 rounded-full border-2 border-surface bg-accent" title={t('items.is_here')}>
              <span className="sr-only">{t('items.is_here')}</span>
            </span>
          )}
        </li>
      ))}
      {more > 1 && (
        <li className="inline-flex size-7 items-center justify-center rounded-full bg-raised text-xs font-medium ring-2 ring-surface">
          <span aria-hidden>+{more}</span>
          <span className="sr-only">{t('items.more_members', { count: more })}</span>
        </li>
      )}
    </ul>
  );
}
