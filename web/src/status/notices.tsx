import type { Client, Refusal } from '@collab-todo/client';
import { useClient } from '@collab-todo/react';
import i18next from 'i18next';
import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { sentenceOfFailure } from '../i18n/errors';
import { toast } from '../ui/toasts';

/** What the server would not do, and why, as sentences. */
export function refusalSentence(client: Pick<Client, 'list' | 'item'>, { change, error }: Refusal): string {
  const list = 'name' in change ? change.name : client.list(change.list_id)?.name;
  const item = 'item' in change ? change.item.name : 'item_id' in change ? client.item(change.list_id, change.item_id)?.name : undefined;
  const name = 'item_id' in change ? item : list;
  const what = i18next.t(`status.refused.${change.event}`, { name: name ?? '…' });
  return i18next.t('status.refused_because', { what, why: sentenceOfFailure(error) });
}

/** Tells what the client could not do, and what others have given to this user. Once in the app. */
export function Notices() {
  const client = useClient();
  const [, navigate] = useLocation();
  useEffect(() => {
    const tellShared = ({ list_id }: { list_id: string }) => {
      // Who follows a link has asked for the list, and goes there.
      if (location.pathname.startsWith('/join/')) return;
      const { name, owner_id, members } = client.list(list_id) ?? {};
      const owner = members?.find(({ user_id }) => user_id === owner_id)?.name;
      const message = i18next.t(owner ? 'status.shared_by' : 'status.shared', { name, owner });
      toast({ message, action: { label: i18next.t('status.open'), run: () => navigate(`/list/${list_id}`) } });
    };
    const stops = [
      client.on('refused', (refusal) => toast({ message: refusalSentence(client, refusal), isError: true })),
      client.on('shared', tellShared),
      client.on('storage_failed', () => toast({ message: i18next.t('errors.storage_failed'), isError: true })),
    ];
    return () => stops.forEach((stop) => stop());
  }, [client, navigate]);
  return null;
}
