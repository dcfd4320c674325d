// Undo and redo of one's own changes, leaving alone what others did since. Pure.
import { effectiveUpdates, fieldsOf, hasValues, pickGroups, valuesOf } from './item.js';
import type { Change } from './operation.js';
import type { ListView } from './overlay.js';
import type { ItemUpdates } from './wire.js';

/** What an undo or redo did. */
export interface UndoResult {
  /** What was made of it. Empty if there was nothing to undo, or if others have changed all of it since. */
  made: Change[];
  /** What was left as others have made it. */
  skipped: Change[];
}

/** So many steps can be undone; older ones are forgotten. */
const stepsKept = 100;

/**
 * The change that takes `change` back in the present state, null if others have changed since what it made, or if nothing is left to take
 * back. Of an update it takes back the fields that are still as it left them.
 */
export function invert(change: Change, view: ListView | null): Change | null {
  switch (change.event) {
    case 'create_list':
      return view && view.items.length === 0 && view.members.length <= 1 ? { event: 'delete_list', list_id: change.list_id } : null;
    case 'restore_list':
      return view ? { event: 'delete_list', list_id: change.list_id } : null;
    case 'delete_list':
      return view ? null : { event: 'restore_list', list_id: change.list_id };
    case 'update_list':
      return view?.name === change.name ? { ...change, name: change.base, base: change.name } : null;
    case 'leave_list':
      return null;
    default:
      return view && invertItemChange(change, view);
  }
}

function invertItemChange(change: Extract<Change, { item_id: string }>, view: ListView): Change | null {
  const { list_id, item_id } = change;
  const item = view.items.find(({ id }) => id === item_id);
  switch (change.event) {
    case 'add_item':
    case 'restore_item':
      return item && hasValues(item, contentOf(fieldsOf(change.item))) ? { event: 'delete_item', list_id, item_id, item } : null;
    case 'delete_item':
      return item ? null : { event: 'restore_item', list_id, item_id, item: change.item };
    case 'update_item': {
      if (!item) return null;
      const ours = pickGroups(change.updates, (group) => group.every((field) => item[field] === change.updates[field]));
      const updates = effectiveUpdates(item, valuesOfUpdates(change.base, ours));
      return Object.keys(updates).length > 0 ? { ...change, updates, base: valuesOf(item, updates) } : null;
    }
  }
}

/** One's own steps, and those taken back. A step is one or several changes that belong together. */
export class UndoHistory {
  private readonly undoable: Change[][] = [];
  private readonly redoable: Change[][] = [];

  get canUndo(): boolean {
    return this.undoable.length > 0;
  }

  get canRedo(): boolean {
    return this.redoable.length > 0;
  }

  /** Notes a step that the user has made; what was taken back before can no longer be made again. */
  record(step: Change[]): void {
    if (step.length === 0) return;
    this.redoable.length = 0;
    this.undoable.push(step);
    if (this.undoable.length > stepsKept) this.undoable.shift();
  }

  /** Takes the last step back. `viewOf` is the present state, `make` makes a change at once. */
  undo(viewOf: (list_id: string) => ListView | null, make: (change: Change) => void): UndoResult {
    return takeBack(this.undoable, this.redoable, viewOf, make);
  }

  /** Makes the step again that was taken back last. */
  redo(viewOf: (list_id: string) => ListView | null, make: (change: Change) => void): UndoResult {
    return takeBack(this.redoable, this.undoable, viewOf, make);
  }
}

function takeBack(from: Change[][], to: Change[][], viewOf: (list_id: string) => ListView | null, make: (change: Change) => void): UndoResult {
  const result: UndoResult = { made: [], skipped: [] };
  for (const change of from.pop()?.reverse() ?? []) {
    const inverse = invert(change, viewOf(change.list_id));
    if (inverse) {
      make(inverse);
      result.made.push(inverse);
    } else {
      result.skipped.push(change);
    }
  }
  if (result.made.length > 0) to.push([...result.made]);
  return result;
}

function valuesOfUpdates(values: ItemUpdates, like: ItemUpdates): ItemUpdates {
  return Object.fromEntries(Object.entries(values).filter(([field]) => field in like));
}

function contentOf({ position: _, ...content }: Required<ItemUpdates>): ItemUpdates {
  return content;
}
