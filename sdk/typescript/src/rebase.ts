// A change of one's own, made on a state that others have changed since: what of it still makes sense, and what is a conflict.
import { fieldsOf, hasValues, pickGroups, valuesOf, type ItemField } from './item.js';
import { targetOf, type Change } from './operation.js';
import type { Replica } from './replica.js';
import type { ItemUpdates } from './wire.js';

/** What two people wanted of one thing. `mine` was not applied unless it was chosen. */
export interface Conflict {
  /** Names the thing: a later conflict about it takes the place of an earlier one. */
  conflict_id: string;
  list_id: string;
  /** Null when it is about the list's name. */
  item_id: string | null;
  /** `existence`: one edited what the other deleted. `list_name`: in `name` of the three values. */
  field: ItemField | 'existence' | 'list_name';
  /** What the user saw, wanted, and what is there now; null stands for "deleted". */
  base: ItemUpdates | null;
  mine: ItemUpdates | null;
  theirs: ItemUpdates | null;
}

/** Whose value is to stand. */
export type Choice = 'mine' | 'theirs';

/** Decides a conflict as it arises. It is called once for each; what it leaves to `theirs` is told to the user. */
export type Resolver = (conflict: Conflict) => Choice;

/**
 * The default, field by field: what nobody else touched is kept in any case; of what both changed, theirs stands and mine is offered.
 * A move is made nevertheless: where something stands is nobody's text.
 */
export const resolveByField: Resolver = ({ field }) => (field === 'position' ? 'mine' : 'theirs');

export interface Rebased {
  /** The change that is left to be made on the present state, or null. */
  change: Change | null;
  /** What was left to `theirs`. */
  conflicts: Conflict[];
}

/**
 * Brings a change that has not been made onto the present state of its list. Only what really clashes is asked of `resolve`: fields that
 * others set to the very value that is wanted, or did not touch, do not.
 */
export function rebase(change: Change, replica: Replica, resolve: Resolver): Rebased {
  switch (change.event) {
    case 'update_item': return rebaseUpdate(change, replica, resolve);
    case 'delete_item': return rebaseDelete(change, replica, resolve);
    case 'update_list': return rebaseRename(change, replica, resolve);
    default: return { change, conflicts: [] };
  }
}

function rebaseUpdate(change: Extract<Change, { event: 'update_item' }>, replica: Replica, resolve: Resolver): Rebased {
  const item = replica.items.get(change.item_id);
  if (!item) return { change: null, conflicts: [lostItem(change)] };
  const conflicts: Conflict[] = [];
  const updates = pickGroups(change.updates, (group) => {
    const mine = pick(change.updates, group);
    const base = pick(change.base, group);
    if (hasValues(item, mine)) return false;
    if (hasValues(item, base)) return true;
    const conflict = itemConflict(change, group[0] as ItemField, { base, mine, theirs: valuesOf(item, mine) });
    if (resolve(conflict) === 'mine') return true;
    conflicts.push(conflict);
    return false;
  });
  const isLeft = Object.keys(updates).length > 0;
  return { change: isLeft ? { ...change, updates, base: valuesOf(item, updates) } : null, conflicts };
}

function rebaseDelete(change: Extract<Change, { event: 'delete_item' }>, replica: Replica, resolve: Resolver): Rebased {
  const item = replica.items.get(change.item_id);
  if (!item) return { change: null, conflicts: [] };
  if (hasValues(item, contentOf(fieldsOf(change.item)))) return { change, conflicts: [] };
  const conflict = itemConflict(change, 'existence', { base: fieldsOf(change.item), mine: null, theirs: fieldsOf(item) });
  if (resolve(conflict) === 'mine') return { change: { ...change, item }, conflicts: [] };
  return { change: null, conflicts: [conflict] };
}

function rebaseRename(change: Extract<Change, { event: 'update_list' }>, replica: Replica, resolve: Resolver): Rebased {
  if (replica.name === change.name) return { change: null, conflicts: [] };
  if (replica.name === change.base) return { change, conflicts: [] };
  const conflict: Conflict = {
    conflict_id: `${targetOf(change)}list_name`, list_id: change.list_id, item_id: null, field: 'list_name',
    base: { name: change.base }, mine: { name: change.name }, theirs: { name: replica.name },
  };
  if (resolve(conflict) === 'mine') return { change: { ...change, base: replica.name }, conflicts: [] };
  return { change: null, conflicts: [conflict] };
}

/** The conflict of an edit with a deletion. */
export function lostItem(change: Extract<Change, { event: 'update_item' }>): Conflict {
  return itemConflict(change, 'existence', { base: change.base, mine: change.updates, theirs: null });
}

function itemConflict(
  change: Extract<Change, { item_id: string }>, field: Conflict['field'], values: Pick<Conflict, 'base' | 'mine' | 'theirs'>,
): Conflict {
  return { conflict_id: `${targetOf(change)}/${field}`, list_id: change.list_id, item_id: change.item_id, field, ...values };
}

// Somebody moving an item is no reason to keep it.
function contentOf({ position: _, ...content }: Required<ItemUpdates>): ItemUpdates {
  return content;
}

function pick(values: ItemUpdates, group: readonly ItemField[]): ItemUpdates {
  return Object.fromEntries(group.map((field) => [field, values[field]]));
}
