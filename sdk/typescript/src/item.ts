// What the server's rules of items are, as far as a replica must foresee them.
import type { Item, ItemUpdates } from './wire.js';

/** The fields of an item that people change. */
export type ItemField = keyof ItemUpdates;

/** Fields that share one revision: who changes one of a group conflicts with who changes another of it. */
export const fieldGroups: readonly (readonly ItemField[])[] = [
  ['name'], ['description'], ['status', 'done'], ['due_date'], ['media_url'], ['position'],
];

/** The order of a list: by `position`, bytewise, then by id. Negative if `a` stands before `b`. */
export function compareItems(a: Item, b: Item): number {
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * The updates as the server will store them for this item: the name trimmed, and `status` and `done` both given, since the one follows
 * the other. Fields that are not given, or that already have the value, are left out.
 */
export function effectiveUpdates(item: Item, updates: ItemUpdates): ItemUpdates {
  const wanted: ItemUpdates = { ...updates };
  if (wanted.name !== undefined) wanted.name = wanted.name.trim();
  if (wanted.status !== undefined) wanted.done ??= wanted.status === 'completed';
  else if (wanted.done !== undefined) wanted.status = statusBesides(item, wanted.done);
  return pickGroups(wanted, (group) => group.some((field) => wanted[field] !== undefined && wanted[field] !== item[field]));
}

function statusBesides(item: Item, done: boolean): Item['status'] {
  if (done) return 'completed';
  return item.status === 'completed' ? 'not_started' : item.status;
}

/** The item with other values in these fields. */
export function withUpdates(item: Item, updates: ItemUpdates): Item {
  return { ...item, ...updates };
}

/** The values that an item has in the fields of `like`. */
export function valuesOf(item: Item, like: ItemUpdates): ItemUpdates {
  return Object.fromEntries(Object.keys(like).map((field) => [field, item[field as ItemField]]));
}

/** Whether an item has exactly these values. */
export function hasValues(item: Item, values: ItemUpdates): boolean {
  return Object.entries(values).every(([field, value]) => item[field as ItemField] === value);
}

/** Those groups of fields of `updates` for which `isWanted` holds. */
export function pickGroups(updates: ItemUpdates, isWanted: (group: readonly ItemField[]) => boolean): ItemUpdates {
  const picked: [string, unknown][] = [];
  for (const group of fieldGroups) {
    const given = group.filter((field) => updates[field] !== undefined);
    if (given.length > 0 && isWanted(given)) picked.push(...given.map((field): [string, unknown] => [field, updates[field]]));
  }
  return Object.fromEntries(picked);
}

/** All fields that people change, of an item. */
export function fieldsOf(item: Item): Required<ItemUpdates> {
  const { name, description, status, done, due_date, media_url, position } = item;
  return { name, description, status, done, due_date, media_url, position };
}
