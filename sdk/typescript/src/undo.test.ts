import { describe, expect, test } from 'vitest';
import { item, list_id, ListAuthority, snapshot, user_id } from '../tests/support/fixtures.js';
import { MemoryStorage } from './storage.js';
import { Store } from './store.js';

function world(...ids: string[]) {
  const server = new ListAuthority(ids.map((id) => item(id)));
  const store = new Store({ storage: new MemoryStorage() });
  store.setUser(user_id);
  store.receiveSnapshot(server.snapshot());
  const names = () => store.list(list_id)?.items.map(({ name }) => name);
  const rename = (id: string, name: string) => {
    store.make({ event: 'update_item', list_id, item_id: id, updates: { name }, base: { name: store.item(list_id, id)!.name } });
  };
  return { server, store, names, rename };
}

describe('undo and redo', () => {
  test('take back and make again: an edit, an addition, a deletion', () => {
    const { store, names, rename } = world('milk');
    rename('milk', 'Oat milk');
    store.make({ event: 'add_item', list_id, item_id: 'rye', item: item('rye', { position: 'a1' }) });
    store.make({ event: 'delete_item', list_id, item_id: 'milk', item: store.item(list_id, 'milk')! });
    expect(names()).toEqual(['rye']);

    const seen = [store.undo(), store.undo(), store.undo()].map(() => null) && names();
    expect(seen).toEqual(['milk']);
    store.redo();
    expect(names()).toEqual(['Oat milk']);
    store.redo();
    store.redo();
    expect([names(), store.undoHistory.canRedo]).toEqual([['rye'], false]);
  });

  test('leave alone the fields that others changed since', () => {
    const { server, store, names } = world('milk');
    store.make({ event: 'update_item', list_id, item_id: 'milk', updates: { name: 'mine', description: 'mine' }, base: { name: 'milk', description: null } });
    store.receiveEvent(server.updated('milk', { name: 'mine', description: 'mine' }, null, user_id));
    store.receiveEvent(server.updated('milk', { description: 'theirs' }));

    const { made } = store.undo();

    expect(made).toMatchObject([{ event: 'update_item', updates: { name: 'milk' } }]);
    expect([names(), server.items.get('milk')?.description]).toEqual([['milk'], 'theirs']);
  });

  test('do not delete what others have worked on since', async () => {
    const { server, store } = world();
    store.make({ event: 'add_item', list_id, item_id: 'rye', item: item('rye') });
    const batch = await store.takeBatch({ ops: 1, bytes: 1000 });
    store.receiveEvent(server.added(item('rye'), batch!.operations[0]!.op_id, user_id));
    store.receiveEvent(server.updated('rye', { done: true, status: 'completed' }));

    const { made, skipped } = store.undo();

    expect([made, skipped.length, store.item(list_id, 'rye')?.done]).toEqual([[], 1, true]);
  });

  test('take several changes that belong together as one step', () => {
    const { store, names } = world();
    store.asOneStep(() => {
      for (const id of ['a', 'b', 'c']) store.make({ event: 'add_item', list_id, item_id: id, item: item(id) });
    });
    expect(names()).toEqual(['a', 'b', 'c']);

    store.undo();
    expect(names()).toEqual([]);
    store.redo();
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  test('a new change ends what could be made again', () => {
    const { store, rename } = world('milk');
    rename('milk', 'one');
    store.undo();
    rename('milk', 'two');

    expect([store.undoHistory.canUndo, store.undoHistory.canRedo]).toEqual([true, false]);
  });

  test('bring a deleted list back', () => {
    const { store } = world('milk');
    store.make({ event: 'delete_list', list_id });
    expect(store.list(list_id)).toBeNull();

    store.undo();

    expect(store.list(list_id)?.items).toHaveLength(1);
  });

  test('do not delete a new list that is in use', () => {
    const { store } = world();
    store.make({ event: 'create_list', list_id: 'new', name: 'New' });
    const added = { ...item('milk'), list_id: 'new' };
    store.receiveSnapshot(snapshot([added], { list_id: 'new', list_name: 'New' }));

    expect(store.undo()).toMatchObject({ made: [], skipped: [{ event: 'create_list' }] });
    expect(store.list('new')?.items).toEqual([added]);
  });
});
