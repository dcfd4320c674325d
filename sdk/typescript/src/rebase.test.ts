import { describe, expect, test } from 'vitest';
import { item, list_id, snapshot } from '../tests/support/fixtures.js';
import type { Change } from './operation.js';
import { rebase, resolveByField } from './rebase.js';
import { Replica } from './replica.js';
import type { Item, ItemUpdates } from './wire.js';

const on = (...items: Item[]) => new Replica(snapshot(items));
const update = (updates: ItemUpdates, base: ItemUpdates): Change => ({ event: 'update_item', list_id, item_id: 'milk', updates, base });

describe('rebase', () => {
  test('leaves a change as it is when nobody touched its fields', () => {
    const change = update({ name: 'Oat milk' }, { name: 'milk' });

    expect(rebase(change, on(item('milk', { done: true })), resolveByField)).toEqual({ change, conflicts: [] });
  });

  test('keeps the fields that only this user changed, and offers the others', () => {
    const change = update({ name: 'mine', description: 'mine too' }, { name: 'milk', description: null });

    const { change: left, conflicts } = rebase(change, on(item('milk', { name: 'theirs' })), resolveByField);

    expect(left).toEqual(update({ description: 'mine too' }, { description: null }));
    expect(conflicts).toEqual([{
      conflict_id: `${list_id}/milk/name`, list_id, item_id: 'milk', field: 'name',
      base: { name: 'milk' }, mine: { name: 'mine' }, theirs: { name: 'theirs' },
    }]);
  });

  test('finds no conflict where both wanted the same', () => {
    const change = update({ name: 'same' }, { name: 'milk' });

    expect(rebase(change, on(item('milk', { name: 'same' })), resolveByField)).toEqual({ change: null, conflicts: [] });
  });

  test('treats status and done as one field', () => {
    const change = update({ status: 'completed', done: true }, { status: 'not_started', done: false });

    const { change: left, conflicts } = rebase(change, on(item('milk', { status: 'in_progress' })), resolveByField);

    expect(left).toBeNull();
    expect(conflicts[0]).toMatchObject({ field: 'status', mine: { status: 'completed', done: true }, theirs: { status: 'in_progress', done: false } });
  });

  test('moves an item although somebody else moved it', () => {
    const { change, conflicts } = rebase(update({ position: 'a5' }, { position: 'a0' }), on(item('milk', { position: 'a9' })), resolveByField);

    expect(change).toEqual(update({ position: 'a5' }, { position: 'a9' }));
    expect(conflicts).toEqual([]);
  });

  test('writes over theirs when the resolver says so', () => {
    const { change, conflicts } = rebase(update({ name: 'mine' }, { name: 'milk' }), on(item('milk', { name: 'theirs' })), () => 'mine');

    expect(change).toEqual(update({ name: 'mine' }, { name: 'theirs' }));
    expect(conflicts).toEqual([]);
  });

  test('an edit of an item that is gone is a conflict with its deletion', () => {
    const { change, conflicts } = rebase(update({ name: 'mine' }, { name: 'milk' }), on(), resolveByField);

    expect(change).toBeNull();
    expect(conflicts[0]).toMatchObject({ field: 'existence', base: { name: 'milk' }, mine: { name: 'mine' }, theirs: null });
  });

  test('deletes what was only moved, keeps what was edited, and is content with what is gone', () => {
    const change: Change = { event: 'delete_item', list_id, item_id: 'milk', item: item('milk') };

    expect(rebase(change, on(item('milk', { position: 'a9' })), resolveByField)).toEqual({ change, conflicts: [] });
    expect(rebase(change, on(item('milk', { name: 'theirs' })), resolveByField)).toMatchObject({ change: null, conflicts: [{ field: 'existence', mine: null }] });
    expect(rebase(change, on(), resolveByField)).toEqual({ change: null, conflicts: [] });
  });

  test('a renamed list keeps the name that somebody else gave it', () => {
    const { change, conflicts } = rebase({ event: 'update_list', list_id, name: 'mine', base: 'old' }, on(), resolveByField);

    expect(change).toBeNull();
    expect(conflicts[0]).toMatchObject({ field: 'list_name', base: { name: 'old' }, mine: { name: 'mine' }, theirs: { name: 'Groceries' } });
  });
});
