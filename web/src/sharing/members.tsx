import type { ListView, Member } from '@collab-todo/client';
import { useClient } from '@collab-todo/react';
import { Crown, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mayShare } from '../lists/rights';
import { Avatar } from '../ui/avatar';
import { ConfirmDialog } from '../ui/confirm_dialog';
import { ErrorNote } from '../ui/error_note';
import { Menu } from '../ui/menu';
import { useAct } from '../ui/use_act';
import { RoleSelect } from './role_select';

/** The members of a list; its owner can change what they may do. */
export function Members({ list }: { list: ListView }) {
  const { user_id: me } = useClient();
  const order = { owner: 0, editor: 1, viewer: 2 };
  const members = [...list.members].sort((a, b) => order[a.role] - order[b.role]);
  return (
    <ul className="-mx-2">
      {members.map((member) => (
        <MemberRow key={member.user_id} list={list} member={member} isMe={member.user_id === me} />
      ))}
    </ul>
  );
}

function MemberRow({ list, member, isMe }: { list: ListView; member: Member; isMe: boolean }) {
  const { t } = useTranslation();
  const { sharing } = useClient();
  const { isBusy, error, run } = useAct();
  const [asked, setAsked] = useState<'remove' | 'transfer' | null>(null);
  const { list_id } = list;
  const { user_id, role } = member;
  const name = member.name ?? t('lists.somebody');
  const close = () => setAsked(null);
  return (
    <li className="rounded-lg px-2 py-1.5">
      <div className="flex min-h-9 items-center gap-3">
        <span aria-hidden className="flex">
          <Avatar user_id={user_id} name={name} />
        </span>
        <span className="min-w-0 flex-1 truncate text-sm">
          {name}
          {isMe && <span className="text-muted"> {t('sharing.you')}</span>}
        </span>
        {role === 'owner' || !mayShare(list.role) ? (
          <span className="text-sm text-muted">{t(`sharing.role.${role}`)}</span>
        ) : (
          <>
            <RoleSelect
              label={t('sharing.role.of', { name })}
              value={role}
              disabled={isBusy}
              onChoose={(wanted) => void run(() => sharing.share(list_id, { user_id }, wanted))}
            />
            <Menu
              label={t('sharing.member_menu', { name })}
              entries={[
                { label: t('sharing.transfer'), icon: <Crown />, run: () => setAsked('transfer') },
                { label: t('sharing.remove'), icon: <UserMinus />, isDangerous: true, run: () => setAsked('remove') },
              ]}
            />
          </>
        )}
      </div>
      <ErrorNote error={error} className="mt-1" />
      {asked === 'remove' && (
        <ConfirmDialog
          title={t('sharing.remove_title', { name })}
          action={t('sharing.remove')}
          isDangerous
          act={() => sharing.unshare(list_id, user_id)}
          onClose={close}
        >
          <p>{t('sharing.remove_told', { list: list.name })}</p>
        </ConfirmDialog>
      )}
      {asked === 'transfer' && (
        <ConfirmDialog
          title={t('sharing.transfer_title', { name })}
          action={t('sharing.transfer')}
          isDangerous
          act={() => sharing.transfer(list_id, user_id)}
          onClose={close}
        >
          <p>{t('sharing.transfer_told', { name, list: list.name })}</p>
        </ConfirmDialog>
      )}
    </li>
  );
}
