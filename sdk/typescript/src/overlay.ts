// What the user sees: the server's lists with one's own unconfirmed changes over them.
import { compareItems, withUpdates } from './item.js';
import type { Change } from './operation.js';
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

/**
 * The list with `changes` made in order, or null if there is none (yet, or any more). Each change is made as far as it still can be: an
 * item that is there is not added again, one that is gone is not changed.
 */
export function viewOf(list_id: string, replica: Replica | undefined, changes: readonly Change[], user_id: string): ListView | null {
  let exists = replica !== undefined;
  let name = replica?.name ?? '';
  const items = new Map(replica?.items);
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
        changeItem(items, change);
        pending.add(change.item_id);
    }
  }
  if (!exists) return null;
  const { role = 'owner', owner_id = user_id, members = [] } = replica ?? {};
  return { list_id, name, role, owner_id, members, items: [...items.values()].sort(compareItems), pending };
}

function changeItem(items: Map<string, Item>, change: Extract<Change, { item_id: string }>): void {
  const item = items.get(change.item_id);
  switch (change.event) {
    case 'add_item':
    case 'restore_item':
      if (!item) items.set(change.item_id, change.item);
      break;
    case 'update_item':
      if (item) items.set(change.item_id, withUpdates(item, change.updates));
      break;
    case 'delete_item':
      items.delete(change.item_id);
      break;
  }
}
