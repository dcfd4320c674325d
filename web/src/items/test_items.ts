import type { Item } from '@collab-todo/client';

/** An item for tests, with these fields. */
export function itemOf(fields: Partial<Item> & { id: string }): Item {
  return {
    list_id: 'list', name: fields.id, description: null, status: 'not_started', done: false, due_date: null, media_url: null, position: 'a0',
    is_deleted: false, rev: 1, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', created_by: 'ann', updated_by: 'ann',
    ...fields,
  };
}

/** Their ids, in one text. */
export const ids = (items: readonly Item[]) => items.map(({ id }) => id).join(' ');
