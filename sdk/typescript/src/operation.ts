// A change of one's own on its way to the server.
import { fieldsOf, withUpdates } from './item.js';
import type { Position } from './replica.js';
import type { BatchOp, Item, ItemUpdates } from './wire.js';

/**
 * What is to be done. `base` is what the user saw in the fields that are written, `item` the whole item as the user saw it or will see it.
 * The names are those of the wire's events.
 */
export type Change =
  | { event: 'create_list'; list_id: string; name: string }
  | { event: 'update_list'; list_id: string; name: string; base: string }
  | { event: 'delete_list'; list_id: string }
  | { event: 'restore_list'; list_id: string }
  | { event: 'leave_list'; list_id: string }
  | { event: 'add_item'; list_id: string; item_id: string; item: Item }
  | { event: 'update_item'; list_id: string; item_id: string; updates: ItemUpdates; base: ItemUpdates }
  | { event: 'delete_item'; list_id: string; item_id: string; item: Item }
  | { event: 'restore_item'; list_id: string; item_id: string; item: Item };

export type ItemChange = Extract<Change, { item_id: string }>;

/** A change with what is known of its delivery. It is data: it can be stored and read back. */
export interface Operation {
  /** Makes that it is done once, however often it is sent. */
  op_id: string;
  /** Operations stand in this order, also when several queues are put together. */
  seq: number;
  change: Change;
  /**
   * What the server was told that the user had seen, once it has been sent. From then on it may have been done without our knowing, so it
   * is repeated exactly as it was until there is an answer.
   */
  sent: { seen: Position | null } | null;
  /** Refused so many times for what others did meanwhile. */
  conflicts: number;
  /** Failed so many times at the server. */
  failures: number;
  /** The revision of the change, once it is accepted; it waits for the replica to be as new. */
  accepted_rev: number | null;
}

export function newOperation(op_id: string, seq: number, change: Change): Operation {
  return { op_id, seq, change, sent: null, conflicts: 0, failures: 0, accepted_rev: null };
}

/** What an operation is about; operations of one target stay in order. */
export function targetOf(change: Change): string {
  return 'item_id' in change ? `${change.list_id}/${change.item_id}` : `${change.list_id}/`;
}

/** Whether it says what the user had seen, so that the server can find a conflict. */
export function isChecked(change: Change): boolean {
  return change.event === 'update_item' || change.event === 'delete_item' || change.event === 'update_list';
}

/** Whether it makes a whole list come or go: nothing of the list may overtake it, nor be overtaken by it. */
export function isAboutExistence(change: Change): boolean {
  return !('item_id' in change) && change.event !== 'update_list';
}

/**
 * One change in place of two, where the second continues the first and nobody has been sent the first: an edit of what was just added or
 * edited, a list renamed twice. Null if they remain two.
 */
export function coalesce(first: Change, second: Change): Change | null {
  if (targetOf(first) !== targetOf(second)) return null;
  if (second.event === 'update_item' && first.event === 'add_item') return { ...first, item: withUpdates(first.item, second.updates) };
  if (second.event === 'update_item' && first.event === 'update_item') {
    return { ...first, updates: { ...first.updates, ...second.updates }, base: { ...second.base, ...first.base } };
  }
  if (second.event === 'update_list' && (first.event === 'create_list' || first.event === 'update_list')) return { ...first, name: second.name };
  return null;
}

/** The operation as it stands in a batch; `seen` is left out where nothing can conflict. */
export function toBatchOp({ op_id, change }: Operation, seen: Position | null): BatchOp {
  const { list_id } = change;
  const position = seen && isChecked(change) ? { client_rev: seen.rev, client_epoch: seen.epoch } : {};
  switch (change.event) {
    case 'create_list': return { event: change.event, data: { list_id, name: change.name, op_id } };
    case 'update_list': return { event: change.event, data: { list_id, name: change.name, op_id, ...position } };
    case 'add_item': return { event: change.event, data: { list_id, item_id: change.item_id, op_id, ...fieldsOf(change.item) } };
    case 'update_item': return { event: change.event, data: { list_id, item_id: change.item_id, op_id, updates: change.updates, ...position } };
    case 'delete_item': return { event: change.event, data: { list_id, item_id: change.item_id, op_id, ...position } };
    case 'restore_item': return { event: change.event, data: { list_id, item_id: change.item_id, op_id } };
    default: return { event: change.event, data: { list_id, op_id } };
  }
}
