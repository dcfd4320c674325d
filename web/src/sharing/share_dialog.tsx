import { useList } from '@collab-todo/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { mayShare } from '../lists/rights';
import { Dialog } from '../ui/dialog';
import { InviteForm } from './invite_form';
import { Links } from './links';
import { Members } from './members';

/** Who is in a list, and for its owner how others get into it. */
export function ShareDialog({ list_id, onClose }: { list_id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const list = useList(list_id);
  if (!list) return null;
  const owner = list.members.find(({ user_id }) => user_id === list.owner_id);
  // A list that was made on this device has no members until the server has accepted it.
  const isAccepted = list.members.length > 0;
  return (
    <Dialog title={t('sharing.title', { name: list.name })} onClose={onClose}>
      {!isAccepted && <p className="text-sm text-muted">{t('sharing.not_accepted')}</p>}
      {isAccepted && (
        <div className="space-y-7">
          {mayShare(list.role) ? (
            <InviteForm list_id={list_id} />
          ) : (
            <p className="text-sm text-muted">{t('sharing.ask_owner', { name: owner?.name ?? t('lists.somebody') })}</p>
          )}
          <Section title={t('sharing.members')}>
            <Members list={list} />
          </Section>
          {mayShare(list.role) && (
            <Section title={t('sharing.links')}>
              <Links list_id={list_id} />
            </Section>
          )}
        </div>
      )}
    </Dialog>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}
