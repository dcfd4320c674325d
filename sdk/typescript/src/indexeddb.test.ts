import 'fake-indexeddb/auto';
import { describe, expect, test } from 'vitest';
import { item, list_id, snapshot, user_id } from '../tests/support/fixtures.js';
import { IndexedDbStorage, type Locks } from './indexeddb.js';
import { newOperation } from './operation.js';
import { Replica } from './replica.js';
import { MemoryStorage, type StateChanges } from './storage.js';

const changes = (some: Partial<StateChanges>): StateChanges => ({ lists: new Map(), operations: new Map(), conflicts: new Map(), ...some });
const add = (id: string, seq: number) => newOperation(id, seq, { event: 'add_item', list_id, item_id: id, item: item(id) });
const stored = (rev: number) => new Replica(snapshot([item('milk')], { rev })).toStored();
const conflict = { conflict_id: 'c', list_id, item_id: 'milk', field: 'name' as const, base: {}, mine: {}, theirs: {} };

// Locks as several tabs of one browser see them.
function browser() {
  const held = new Set<string>();
  const request = async (name: string, use: () => Promise<void>) => {
    held.add(name);
    try {
      await use();
    } finally {
      held.delete(name);
    }
  };
  return { request, query: () => Promise.resolve({ held: [...held].map((name) => ({ name })), pending: [] }) } as unknown as Locks;
}

let names = 0;
const kinds = {
  MemoryStorage: () => {
    const storage = new MemoryStorage();
    return () => storage;
  },
  IndexedDbStorage: () => {
    const name = `test-${++names}`;
    return () => new IndexedDbStorage(name, { locks: null });
  },
};

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  test('gives back what was saved, operations in their order', async () => {
    const open = kind();
    const first = open();
    expect(await first.load()).toEqual({ user_id: null, lists: [], operations: [], conflicts: [] });
    const [a, b, c] = [add('z', 1), add('y', 2), add('x', 3)];
    await first.save(changes({ user_id, operations: new Map([['x', c], ['z', a], ['y', b]]) }));
    await first.save(changes({ lists: new Map([[list_id, stored(100)]]), conflicts: new Map([['c', conflict]]), operations: new Map([['y', null]]) }));
    await first.close();

    const heir = open();

    expect(await heir.load()).toEqual({ user_id, lists: [stored(100)], operations: [a, c], conflicts: [conflict] });
    await Promise.all([a, null].map((one) => heir.save(changes({ operations: new Map([['w', one]]) }))));
    await heir.save(changes({ lists: new Map([[list_id, null]]), conflicts: new Map([['c', null]]) }));
    expect(await heir.load()).toEqual({ user_id, lists: [], operations: [a, c], conflicts: [] });
    await heir.close();
  });
});

describe('IndexedDbStorage in several tabs', () => {
  test('leaves to each tab what it sends, and takes over what tabs that are gone have left', async () => {
    const locks = browser();
    const tabs = [...Array(3)].map(() => new IndexedDbStorage('tabs', { locks }));
    const [first, second, third] = tabs as [IndexedDbStorage, IndexedDbStorage, IndexedDbStorage];
    await first.load();
    await first.save(changes({ operations: new Map([['a', add('a', 1)]]) }));

    expect((await second.load()).operations).toEqual([]);
    await first.close();
    expect((await third.load()).operations).toEqual([add('a', 1)]);

    await second.close();
    await third.close();
  });

  test('keeps the newer state of a list', async () => {
    const [one, other] = [new IndexedDbStorage('newer', { locks: null }), new IndexedDbStorage('newer', { locks: null })];
    await one.save(changes({ lists: new Map([[list_id, stored(105)]]) }));
    await other.save(changes({ lists: new Map([[list_id, stored(101)]]) }));

    expect((await one.load()).lists[0]?.rev).toBe(105);
    await one.close();
    await other.close();
  });
});

test('a storage with changes that wait is counted and stays, one without goes', async () => {
  const [name, locks] = ['signed-out', browser()];
  const [tab, other] = [new IndexedDbStorage(name, { locks }), new IndexedDbStorage(name, { locks })];
  await tab.load();
  await other.load();
  const accepted = { ...add('eggs', 3), accepted_rev: 7 };
  await tab.save(changes({ lists: new Map([[list_id, stored(1)]]), operations: new Map([['a', add('milk', 1)], ['c', accepted]]) }));
  await other.save(changes({ operations: new Map([['b', add('bread', 2)]]) }));
  await Promise.all([tab.close(), other.close()]);

  expect([await IndexedDbStorage.pendingIn(name), await IndexedDbStorage.remove(name)]).toEqual([2, false]);

  const next = new IndexedDbStorage(name, { locks });
  const { operations, lists } = await next.load();
  expect([operations.length, lists.length]).toEqual([3, 1]);
  await next.save(changes({ operations: new Map([['a', null], ['b', null]]) }));
  await next.close();
  expect(await IndexedDbStorage.remove(name)).toBe(true);
  expect(await new IndexedDbStorage(name, { locks }).load()).toMatchObject({ operations: [], lists: [] });
});
