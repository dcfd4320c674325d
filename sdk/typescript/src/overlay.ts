// What the user sees: the server's lists with one's own unconfirmed changes over them.
import { compareItems, withUpdates } from './item.js';
import type { Change, ItemChange } from './operation.js';
import type { Replica, Role } from './replica.js';
import type { Item, Member } from './wire.js';

/** A list to be shown. It is never changed: a later state is another object, in which unchanged items are the same objects. */
export interface ListView {
  readonly list_id: string;
  readonly name: string;
  readonly role: Role;
  readonly owner_id: string;
  readonly members: readonly Member[];
  /** In their order. */
  readonly items: readonly Item[];
  /** Ids of items with changes that the server has not confirmed. */
  readonly pending: ReadonlySet<string>;
}

/** Items by id that are to be there, or with null are not to be there. */
type Touched = Map<string, Item | null>;

/**
 * The server's items in their order. `previous` is the order that this gave before: as long as little has changed, nothing is sorted anew.
 */
export function inOrder(items: ReadonlyMap<string, Item>, previous: readonly Item[]): readonly Item[] {
  const touched: Touched = new Map();
  let known = 0;
  for (const item of previous) {
    const now = items.get(item.id);
    if (now) ++known;
    if (now !== item) touched.set(item.id, now ?? null);
  }
  if (known < items.size) {
    const before = new Set(previous.map(({ id }) => id));
    for (const [id, item] of items) if (!before.has(id)) touched.set(id, item);
  }
  return withTouched(previous, touched);
}

/**
 * The list with `changes` made in order, or null if there is none (yet, or any more). Each change is made as far as it still can be: an
 * item that is there is not added again, one that is gone is not changed. `items` are the replica's, in order.
 */
export function viewOf(
  list_id: string, replica: Replica | undefined, items: readonly Item[], changes: readonly Change[], user_id: string,
): ListView | null {
  let exists = replica !== undefined;
  let name = replica?.name ?? '';
  const touched: Touched = new Map();
  const pending = new Set<string>();
  for (const change of changes) {
    switch (change.event) {
      case 'create_list':
        if (!replica) [exists, name] = [true, change.name];
        break;
      case 'update_list':
        name = change.name;
        break;
      case 'delete_list':
      case 'leave_list':
        exists = false;
        break;
      case 'restore_list':
        exists = replica !== undefined;
        break;
      default:
        changeItem(touched, (id) => replica?.items.get(id), change);
        pending.add(change.item_id);
    }
  }
  if (!exists) return null;
  const { role = 'owner', owner_id = user_id, members = [] } = replica ?? {};
  return { list_id, name, role, owner_id, members, items: withTouched(items, touched), pending };
}

/** The view with one more change to an item: the same as `viewOf` with that change at the end, without looking at all the others again. */
export function withItemChange(view: ListView, change: ItemChange): ListView {
  const touched: Touched = new Map();
  changeItem(touched, (id) => view.items.find((item) => item.id === id), change);
  return { ...view, items: withTouched(view.items, touched), pending: new Set(view.pending).add(change.item_id) };
}

function changeItem(touched: Touched, find: (id: string) => Item | undefined, change: ItemChange): void {
  const { item_id } = change;
  const item = touched.has(item_id) ? touched.get(item_id) : find(item_id);
  switch (change.event) {
    case 'add_item':
    case 'restore_item':
      if (!item) touched.set(item_id, change.item);
      break;
    case 'update_item':
      if (item) touched.set(item_id, withUpdates(item, change.updates));
      break;
    case 'delete_item':
      touched.set(item_id, null);
      break;
  }
}

// `sorted` with other items in it. What is untouched keeps its order, so only the others are sorted and put where they belong.
function withTouched(sorted: readonly Item[], touched: Touched): readonly Item[] {
  if (touched.size === 0) return sorted;
  const kept = sorted.filter(({ id }) => !touched.has(id));
  const incoming = [...touched.values()].filter((item) => item !== null).sort(compareItems);
  const merged: Item[] = [];
  let next = 0;
  for (const item of incoming) {
    for (const to = placeOf(item, kept, next); next < to; ++next) merged.push(kept[next]!);
    merged.push(item);
  }
  for (; next < kept.length; ++next) merged.push(kept[next]!);
  return merged;
}

// Where the first item stands that does not come before this one, from `from` on.
function placeOf(item: Item, sorted: readonly Item[], from: number): number {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareItems(sorted[middle]!, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
