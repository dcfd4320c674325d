// What people do with the items of a list, and what they are told of it.
import type { Client, Item, ItemUpdates, UndoResult } from '@collab-todo/client';
import type { TFunction } from 'i18next';
import { toast } from '../ui/toasts';
import { announce, focusRow, startName, type Control, type Page } from './page';
import type { NewLine } from './pasted_lines';
import { indexOf, keyOf, neighbourOf, placeFor, rowAt, rowCount, sectionOf } from './rows';

export interface Actions {
  add: (lines: readonly NewLine[]) => string[];
  /** Checks an item off, or opens it again. From the keyboard the focus stays where it is in the list. */
  check: (item: Item, by?: 'keyboard') => void;
  remove: (item: Item) => void;
  startName: (item: Item) => void;
  /** Writes fields of an item. If others have deleted it meanwhile, it is restored. */
  write: (item: Item, updates: ItemUpdates) => void;
  openDetails: (id: string | null) => void;
  /** Moves an item so many rows down, or up. */
  moveBy: (item: Item, rows: number) => void;
  /** Puts an item in the place of another one of its part of the list. */
  moveTo: (item: Item, over: string) => void;
  /** Goes so many rows down from the current one, or up, or to an end. */
  go: (rows: number, control?: Control) => void;
  undo: () => void;
  redo: () => void;
}

export interface ActionOptions {
  client: Client;
  list_id: string;
  page: Page;
  t: TFunction;
  /** Why items cannot be moved now, as a sentence; null if they can. */
  whyNotMovable: () => string | null;
}

export function createActions({ client, list_id, page, t, whyNotMovable }: ActionOptions): Actions {
  const rows = () => page.getState().rows;

  const moveToIndex = (item: Item, to: number) => {
    const reason = whyNotMovable();
    if (reason) return toast({ message: reason });
    const place = placeFor(rows(), item.id, to);
    if (!place) return announce(page, t(to < 0 ? 'items.moved_first' : 'items.moved_last', { name: item.name }));
    client.moveItem(list_id, item.id, place);
    announce(page, t('items.moved', { name: item.name, place: to + 1, count: sectionOf(rows(), item.id).length }));
  };

  return {
    add: (lines) =>
      client.asOneStep(() => lines.map(({ name, done }) => client.addItem(list_id, { name, ...(done && { done }) }))),

    check: (item, by) => {
      const next = neighbourOf(rows(), item.id);
      client.updateItem(list_id, item.id, { done: !item.done });
      announce(page, t(item.done ? 'items.opened' : 'items.completed', { name: item.name }));
      if (by === 'keyboard' && next) focusRow(page, next);
    },

    remove: (item) => {
      const next = neighbourOf(rows(), item.id);
      client.deleteItem(list_id, item.id);
      if (page.getState().openId === item.id) page.setState({ openId: null });
      if (next) focusRow(page, next);
      toast({ message: t('items.deleted', { name: item.name }), action: { label: t('items.undo'), run: () => client.restoreItem(item) } });
    },

    startName: (item) => startName(page, item),

    write: (item, updates) =>
      client.asOneStep(() => {
        if (!client.item(list_id, item.id)) client.restoreItem(item);
        client.updateItem(list_id, item.id, updates);
      }),

    openDetails: (id) => {
      const { openId } = page.getState();
      page.setState({ openId: id });
      if (id === null && openId !== null) focusRow(page, openId);
      else if (id !== null) page.setState({ activeId: id });
    },

    moveBy: (item, count) => {
      moveToIndex(item, sectionOf(rows(), item.id).findIndex(({ id }) => id === item.id) + count);
    },

    moveTo: (item, over) => moveToIndex(item, sectionOf(rows(), item.id).findIndex(({ id }) => id === over)),

    go: (count, control) => {
      const { activeId } = page.getState();
      const last = rowCount(rows()) - 1;
      const at = activeId === null ? -1 : indexOf(rows(), activeId);
      const row = rowAt(rows(), Math.min(last, Math.max(0, at + count)));
      if (row) focusRow(page, keyOf(row), control);
    },

    undo: () => tell(client.undo(), 'undone'),
    redo: () => tell(client.redo(), 'redone'),
  };

  function tell(result: UndoResult, how: 'undone' | 'redone'): void {
    const { made, skipped } = result;
    if (made.length + skipped.length === 0) return;
    const sentences = [made.length > 0 ? t(`items.${how}`, { what: whatWasMade(result) }) : t(`items.nothing_${how}`)];
    if (made.length > 0 && skipped.length > 0) sentences.push(t('items.skipped', { count: skipped.length }));
    toast({ message: sentences.join(' ') });
  }

  function whatWasMade({ made }: UndoResult): string {
    const [change] = made;
    if (!change || made.length > 1) return t('items.made_several', { count: made.length });
    const of = (name: string) => t(`items.made.${change.event}`, { name });
    if ('name' in change) return of(change.name);
    if ('item' in change) return of(change.item.name);
    return of('item_id' in change ? (client.item(change.list_id, change.item_id)?.name ?? '') : '');
  }
}
