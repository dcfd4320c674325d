import { Client, MemoryStorage, type StoredList } from '@collab-todo/client';
import { ClientProvider } from '@collab-todo/react';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { startI18n } from '../i18n';

// jsdom has no modal dialogs. Being modal is the browser's matter; here it is open.
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};

/** Renders, for tests, what needs a client and texts. Resolves with what `render` gives. */
export async function show(page: ReactNode, client: Client) {
  await startI18n();
  return render(<ClientProvider value={client}>{page}</ClientProvider>);
}

/** A client of `me` without a server that has these lists, as if an earlier run had kept them. */
export async function clientWith(...lists: StoredList[]): Promise<Client> {
  const storage = new MemoryStorage();
  await storage.save({
    user_id: 'me',
    lists: new Map(lists.map((list) => [list.list_id, list])),
    operations: new Map(),
    conflicts: new Map(),
  });
  const client = new Client({ url: 'http://127.0.0.1:9', token: 'none', storage });
  await client.start();
  return client;
}

/** A list that `me` has in this role, shared with Ann and Bob. */
export function sharedList(role: StoredList['role']): StoredList {
  const owner_id = role === 'owner' ? 'me' : 'ann';
  return {
    list_id: 'picnic', list_name: 'Picnic', role, owner_id, rev: 1, epoch: 'e', items: [],
    members: [
      { user_id: 'me', name: 'Me', role },
      { user_id: 'ann', name: 'Ann', role: role === 'owner' ? 'editor' : 'owner' },
      { user_id: 'bob', name: 'Bob', role: 'viewer' },
    ],
  };
}
