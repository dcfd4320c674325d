// Small worlds for tests of the pure part.
import type { Item, ItemUpdates, ListSnapshotEvent } from '../../src/wire.js';
import { withUpdates } from '../../src/item.js';

export const list_id = '00000000-0000-4000-8000-00000000000a';
export const user_id = 'ann';

export function item(id: string, fields: Partial<Item> = {}): Item {
  const at = '2026-01-01T00:00:00Z';
  return {
    id, list_id, name: id, description: null, status: 'not_started', done: false, due_date: null, media_url: null, position: 'a0',
    is_deleted: false, rev: 100, created_at: at, updated_at: at, created_by: user_id, updated_by: user_id, ...fields,
  };
}

export function snapshot(items: Item[] = [], rest: Partial<ListSnapshotEvent> = {}): ListSnapshotEvent {
  return {
    list_id, list_name: 'Groceries', rev: 100, epoch: 'e1', role: 'owner', owner_id: user_id,
    members: [{ user_id, name: 'Ann', role: 'owner' }], items: Object.fromEntries(items.map((one) => [one.id, one])), ...rest,
  };
}

/** A server of one list, as far as a store can tell: accepts what it is sent, and what others do. */
export class ListAuthority {
  rev = 100;
  items = new Map<string, Item>();
  name = 'Groceries';

  constructor(items: Item[] = []) {
    for (const one of items) this.items.set(one.id, one);
  }

  snapshot(): ListSnapshotEvent {
    return snapshot([...this.items.values()], { rev: this.rev, list_name: this.name });
  }

  updated(id: string, updates: ItemUpdates, op_id: string | null = null, user = 'bob') {
    const prev_rev = this.rev++;
    const changed = { ...withUpdates(this.items.get(id) ?? item(id), updates), rev: this.rev, updated_by: user };
    this.items.set(id, changed);
    return { event: 'item_updated' as const, data: { list_id, item: changed, rev: this.rev, prev_rev, user_id: user, op_id } };
  }

  added(one: Item, op_id: string | null = null, user = 'bob') {
    const prev_rev = this.rev++;
    this.items.set(one.id, { ...one, rev: this.rev });
    return { event: 'item_added' as const, data: { list_id, item: one, rev: this.rev, prev_rev, user_id: user, op_id } };
  }

  deleted(id: string, op_id: string | null = null, user = 'bob') {
    const prev_rev = this.rev++;
    this.items.delete(id);
    return { event: 'item_deleted' as const, data: { list_id, item_id: id, rev: this.rev, prev_rev, user_id: user, op_id } };
  }
}
