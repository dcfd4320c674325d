import { describe, expect, test } from 'vitest';
import { item, list_id, ListAuthority, user_id } from '../tests/support/fixtures.js';
import { MemoryStorage } from './storage.js';
import { Store } from './store.js';
import type { Conflict } from './rebase.js';
import type { Refusal } from './outbox.js';
import type { ItemUpdates, Reply } from './wire.js';

const limits = { ops: 500, bytes: 100_000 };
const refused = (code: string): Reply => ({ ok: false, error: { event: 'error', code, message: `no: ${code}` } });

function storeOf(server: ListAuthority, storage = new MemoryStorage()) {
  let ids = 0;
  const store = new Store({ storage, newId: () => `op-${++ids}` });
  const told = { conflicts: [] as Conflict[], refusals: [] as Refusal[], accepted: [] as string[] };
  store.on('conflict', (conflict) => told.conflicts.push(conflict));
  store.on('refused', (refusal) => told.refusals.push(refusal));
  store.on('accepted', ({ operation }) => told.accepted.push(operation.op_id));
  store.setUser(user_id);
  store.receiveSnapshot(server.snapshot());
  const update = (id: string, updates: ItemUpdates) => {
    const present = store.item(list_id, id);
    if (!present) throw new Error(`no item ${id}`);
    const base = Object.fromEntries(Object.keys(updates).map((field) => [field, present[field as keyof ItemUpdates]]));
    store.make({ event: 'update_item', list_id, item_id: id, updates, base });
  };
  const add = (id: string) => store.make({ event: 'add_item', list_id, item_id: id, item: item(id) });
  return { store, told, update, add, name: (id: string) => store.item(list_id, id)?.name };
}

describe('Outbox', () => {
  test('shows a change at once and lets go of it with its own event', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, told, update, name } = storeOf(server);

    update('milk', { name: 'Oat milk' });
    expect(name('milk')).toBe('Oat milk');
    const batch = await store.takeBatch(limits);
    expect(batch?.ops).toEqual([
      { event: 'update_item', data: { list_id, item_id: 'milk', op_id: 'op-1', updates: { name: 'Oat milk' }, client_rev: 100, client_epoch: 'e1' } },
    ]);
    store.receiveEvent(server.updated('milk', { name: 'Oat milk' }, 'op-1', user_id));

    expect([name('milk'), store.pendingCount, told.accepted]).toEqual(['Oat milk', 0, ['op-1']]);
  });

  test('makes one operation of edits that nobody has been sent', async () => {
    const { store, update, add } = storeOf(new ListAuthority([item('milk')]));

    update('milk', { name: 'a' });
    update('milk', { name: 'ab', description: 'd' });
    add('bread');
    update('bread', { name: 'Rye bread' });

    const batch = await store.takeBatch(limits);
    expect(batch?.ops.map(({ event }) => event)).toEqual(['update_item', 'add_item']);
    expect(batch?.ops[0]?.data).toMatchObject({ updates: { name: 'ab', description: 'd' } });
    expect(batch?.ops[1]?.data).toMatchObject({ name: 'Rye bread' });
  });

  test('does not touch an operation that may be on its way: a later edit is another one, and waits', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, update } = storeOf(server);
    update('milk', { name: 'first' });
    const batch = await store.takeBatch(limits);

    update('milk', { name: 'second' });

    expect((await store.takeBatch(limits))?.ops).toEqual(batch?.ops);
    store.receiveEvent(server.updated('milk', { name: 'first' }, 'op-1', user_id));
    const next = await store.takeBatch(limits);
    expect(next?.ops[0]?.data).toMatchObject({ op_id: 'op-2', updates: { name: 'second' }, client_rev: 101 });
  });

  test('repeats what was not answered as it was, whatever has come since', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, told, update } = storeOf(server);
    update('milk', { name: 'mine' });
    const first = await store.takeBatch(limits);

    store.receiveEvent(server.updated('milk', { name: 'theirs' }));

    const again = await store.takeBatch(limits);
    expect(again?.ops).toEqual(first?.ops);
    expect(told.conflicts).toEqual([]);
  });

  test('tries again on the fresh state what was refused for another field', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, told, update } = storeOf(server);
    update('milk', { name: 'mine' });
    const batch = await store.takeBatch(limits);
    server.updated('milk', { done: true, status: 'completed' });
    store.receiveSnapshot(server.snapshot());

    expect(store.settleBatch(batch!, [refused('revision_conflict')])).toBe('again');

    const again = await store.takeBatch(limits);
    expect(again?.ops[0]?.data).toMatchObject({ op_id: 'op-1', updates: { name: 'mine' }, client_rev: 101 });
    expect(told.conflicts).toEqual([]);
  });

  test('gives up what was refused for the same field, and tells mine, theirs and base', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, told, update, name } = storeOf(server);
    update('milk', { name: 'mine' });
    const batch = await store.takeBatch(limits);
    server.updated('milk', { name: 'theirs' });
    store.receiveSnapshot(server.snapshot());
    store.settleBatch(batch!, [refused('revision_conflict')]);

    expect(await store.takeBatch(limits)).toBeNull();

    expect(told.conflicts).toMatchObject([{ base: { name: 'milk' }, mine: { name: 'mine' }, theirs: { name: 'theirs' } }]);
    expect([name('milk'), store.pendingCount]).toEqual(['theirs', 0]);
    store.settleConflict(told.conflicts[0]!.conflict_id, 'mine');
    expect([name('milk'), store.conflicts()]).toEqual(['mine', []]);
    expect((await store.takeBatch(limits))?.ops[0]?.data).toMatchObject({ updates: { name: 'mine' }, client_rev: 101 });
  });

  test('shows what was accepted until the replica is as new, and does not send it again', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, update, name } = storeOf(server);
    update('milk', { name: 'mine' });
    const batch = await store.takeBatch(limits);
    const event = server.updated('milk', { name: 'mine' }, null, user_id);

    store.settleBatch(batch!, [{ ok: true, rev: 101 }]);

    expect([name('milk'), store.pendingCount, await store.takeBatch(limits)]).toEqual(['mine', 0, null]);
    store.receiveEvent(event);
    expect([name('milk'), store.list(list_id)?.pending.size]).toEqual(['mine', 0]);
  });

  test.each([['unavailable', 'later'], ['rate_limited', 'later'], ['internal', 'later'], ['token_expired', 'with a new token']])(
    'keeps what was refused with %s', async (code, verdict) => {
      const { store, told, add } = storeOf(new ListAuthority());
      add('bread');
      const batch = await store.takeBatch(limits);

      expect(store.settleBatch(batch!, [refused(code)])).toBe(verdict);

      expect((await store.takeBatch(limits))?.ops).toEqual(batch?.ops);
      expect(told.refusals).toEqual([]);
    },
  );

  test.each(['forbidden', 'invalid_payload', 'limit_exceeded', 'not_found'])('takes back what was refused with %s, and tells', async (code) => {
    const { store, told, add } = storeOf(new ListAuthority());
    add('bread');
    const batch = await store.takeBatch(limits);

    store.settleBatch(batch!, [refused(code)]);

    expect(store.list(list_id)?.items).toEqual([]);
    expect(told.refusals).toMatchObject([{ op_id: 'op-1', change: { item_id: 'bread' }, error: { code } }]);
  });

  test('does not hold up everything for ever for what makes the server fail', async () => {
    const { store, told, add } = storeOf(new ListAuthority());
    add('bread');
    for (let i = 0; i < 5; ++i) store.settleBatch((await store.takeBatch(limits))!, [refused('internal')]);

    expect(await store.takeBatch(limits)).toBeNull();
    expect(told.refusals).toHaveLength(1);
  });

  test('sends no more at once than the server takes', async () => {
    const { store, add } = storeOf(new ListAuthority());
    for (let i = 0; i < 10; ++i) add(`item ${i}`);

    expect((await store.takeBatch({ ops: 4, bytes: 100_000 }))?.ops).toHaveLength(4);
    expect((await store.takeBatch({ ops: 500, bytes: 600 }))?.ops).toHaveLength(2);
    expect((await store.takeBatch({ ops: 500, bytes: 1 }))?.ops).toHaveLength(1);
  });

  test('lets nothing of a list overtake its coming or going', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, update } = storeOf(server);
    update('milk', { name: 'one' });
    await store.takeBatch(limits);
    update('milk', { name: 'two' });
    store.make({ event: 'delete_list', list_id });

    expect((await store.takeBatch(limits))?.ops.map(({ event }) => event)).toEqual(['update_item']);
    expect(store.list(list_id)).toBeNull();
    store.receiveEvent(server.updated('milk', { name: 'one' }, 'op-1', user_id));
    expect((await store.takeBatch(limits))?.ops.map(({ event }) => event)).toEqual(['update_item']);
    store.receiveEvent(server.updated('milk', { name: 'two' }, 'op-2', user_id));
    expect((await store.takeBatch(limits))?.ops.map(({ event }) => event)).toEqual(['delete_list']);
  });

  test('lets a restoration wait for the answer to the deletion before it, which may have to be tried again', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store } = storeOf(server);
    store.make({ event: 'delete_item', list_id, item_id: 'milk', item: item('milk') });
    store.undo();

    const batch = await store.takeBatch(limits);
    expect(batch?.ops.map(({ event }) => event)).toEqual(['delete_item']);
    store.settleBatch(batch!, [refused('revision_conflict')]);
    expect((await store.takeBatch(limits))?.ops.map(({ event }) => event)).toEqual(['delete_item']);
    store.receiveEvent(server.deleted('milk', 'op-1', user_id));
    expect((await store.takeBatch(limits))?.ops.map(({ event }) => event)).toEqual(['restore_item']);
  });

  test('sends what is added to a new list together with the list', async () => {
    const { store } = storeOf(new ListAuthority());
    store.make({ event: 'create_list', list_id: 'new', name: 'New' });
    for (const id of ['a', 'b']) store.make({ event: 'add_item', list_id: 'new', item_id: id, item: item(id) });
    store.make({ event: 'delete_item', list_id: 'new', item_id: 'a', item: item('a') });

    expect((await store.takeBatch(limits))?.ops.map(({ event }) => event)).toEqual(['create_list', 'add_item', 'add_item']);
  });

  test('is taken over by the next run, with what was sent still marked', async () => {
    const server = new ListAuthority([item('milk')]);
    const storage = new MemoryStorage();
    const { store, update, add } = storeOf(server, storage);
    update('milk', { name: 'sent' });
    const sent = await store.takeBatch(limits);
    add('bread');
    await store.close();

    const heir = new Store({ storage });
    await heir.open();

    expect([heir.user_id, heir.pendingCount, heir.item(list_id, 'milk')?.name]).toEqual([user_id, 2, 'sent']);
    heir.receiveEvent(server.updated('milk', { name: 'theirs' }));
    const batch = await heir.takeBatch(limits);
    expect(batch?.ops[0]).toEqual(sent?.ops[0]);
    expect(batch?.ops[1]?.event).toBe('add_item');
  });

  test('offers a deleted item that was edited here, and restores it if mine is chosen', async () => {
    const server = new ListAuthority([item('milk')]);
    const { store, told, update, name } = storeOf(server);
    update('milk', { name: 'mine' });
    const batch = await store.takeBatch(limits);
    store.receiveEvent(server.deleted('milk'));
    store.settleBatch(batch!, [refused('gone')]);
    expect(told.conflicts).toMatchObject([{ field: 'existence', mine: { name: 'mine' }, theirs: null }]);

    store.settleConflict(told.conflicts[0]!.conflict_id, 'mine');

    expect(name('milk')).toBe('mine');
    const restore = await store.takeBatch(limits);
    expect(restore?.ops.map(({ event }) => event)).toEqual(['restore_item']);
    store.receiveEvent(server.added(item('milk'), restore!.operations[0]!.op_id, user_id));
    expect((await store.takeBatch(limits))?.ops[0]).toMatchObject({ event: 'update_item', data: { updates: { name: 'mine' } } });
  });
});
