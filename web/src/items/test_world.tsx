import { Client, type Item, type ItemUpdates, type Role } from '@collab-todo/client';
import { act } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { show } from '../testing/show';
import { ListPage } from './list_page';
import { itemOf } from './test_items';

const list_id = '00000000-0000-4000-8000-00000000000a';

// What a page needs of a browser that lays out.
function giveLayout(): void {
  window.matchMedia = (media) => Object.assign(new EventTarget(), { matches: true, media, onchange: null, addListener() {}, removeListener() {} });
  globalThis.CSS = { ...globalThis.CSS, escape: (text: string) => text };
  Object.defineProperty(Element.prototype, 'clientHeight', { configurable: true, get: () => 600 });
  Object.defineProperty(Element.prototype, 'clientWidth', { configurable: true, get: () => 800 });
  Element.prototype.scrollTo = () => undefined;
  Element.prototype.scrollIntoView = () => undefined;
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
}

/** The page of a list of ann's with these items, which bob changes, too. There is no network. */
export async function openPage(names: readonly string[], role: Role = 'editor') {
  giveLayout();
  localStorage.clear();
  const client = new Client({ url: 'http://127.0.0.1:1', token: 'none' });
  const store = client['store'];
  let rev = 100;
  const items = names.map((name, at) => itemOf({ id: `item-${at}`, list_id, name, position: `a${at}`, rev }));
  store.setUser('ann');
  store.receiveSnapshot({
    list_id, list_name: 'Groceries', rev, epoch: 'e', role, owner_id: 'ann',
    members: [{ user_id: 'ann', name: 'Ann', role }, { user_id: 'bob', name: 'Bob', role: 'editor' }],
    items: Object.fromEntries(items.map((item) => [item.id, item])),
  });
  await show(<ListPage list_id={list_id} />, client);

  const at = () => ({ list_id, prev_rev: rev, rev: ++rev, user_id: 'bob' });
  // What comes from the server is told a moment later.
  const bobs = (receive: (data: ReturnType<typeof at>) => void) =>
    act(async () => {
      const told = new Promise<void>((resolve) => {
        const stop = client.on('list', () => {
          stop();
          resolve();
        });
      });
      receive(at());
      await told;
    });
  const idOf = (name: string) => client.list(list_id)?.items.find((item) => item.name === name)?.id ?? '';
  return {
    client,
    list_id,
    user: userEvent.setup(),
    idOf,
    names: () => client.list(list_id)?.items.map(({ name }) => name),
    bobChanges: (item_id: string, updates: ItemUpdates) =>
      bobs((data) => {
        const item: Item = { ...store.item(list_id, item_id)!, ...updates, rev: data.rev, updated_by: 'bob' };
        store.receiveEvent({ event: 'item_updated', data: { ...data, item } });
      }),
    bobDeletes: (item_id: string) => bobs((data) => void store.receiveEvent({ event: 'item_deleted', data: { ...data, item_id } })),
    bobAdds: (name: string, position: string) =>
      bobs((data) => {
        store.receiveEvent({ event: 'item_added', data: { ...data, item: itemOf({ id: name, list_id, name, position, rev: data.rev, updated_by: 'bob' }) } });
      }),
    isTakenAway: () => bobs(() => store.receiveLoss(list_id)),
  };
}
