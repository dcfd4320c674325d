import type { Client, Refusal } from '@collab-todo/client';
import { useClient } from '@collab-todo/react';
import i18next from 'i18next';
import { useEffect } from 'react';
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

/** Tells what the client could not do. Once in the app. */
export function Notices() {
  const client = useClient();
  useEffect(() => {
    const stops = [
      client.on('refused', (refusal) => toast({ message: refusalSentence(client, refusal), isError: true })),
      client.on('storage_failed', () => toast({ message: i18next.t('errors.storage_failed'), isError: true })),
    ];
    return () => stops.forEach((stop) => stop());
  }, [client]);
  return null;
}
