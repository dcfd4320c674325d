// The rows of a list on the screen: the open items, then a line with the number of completed ones, then those, unless they are folded.
import type { Item, Place } from '@collab-todo/client';
import type { Arranged } from './arrange';

export interface Rows extends Arranged {
  hasHeader: boolean;
  /** Whether the completed ones are shown. */
  isUnfolded: boolean;
}

export const header = 'completed';
export type Row = Item | typeof header;

export function rowCount({ open, done, hasHeader, isUnfolded }: Rows): number {
  return open.length + Number(hasHeader) + (isUnfolded ? done.length : 0);
}

export function rowAt({ open, done, hasHeader }: Rows, index: number): Row | undefined {
  if (index < open.length) return open[index];
  if (hasHeader && index === open.length) return header;
  return done[index - open.length - Number(hasHeader)];
}

/** Where an item or the line is; -1 if it is not shown. */
export function indexOf(rows: Rows, id: string): number {
  const { open, done, hasHeader, isUnfolded } = rows;
  if (id === header) return hasHeader ? open.length : -1;
  const inOpen = open.findIndex((item) => item.id === id);
  if (inOpen >= 0 || !isUnfolded) return inOpen;
  const inDone = done.findIndex((item) => item.id === id);
  return inDone < 0 ? -1 : open.length + Number(hasHeader) + inDone;
}

export const keyOf = (row: Row): string => (row === header ? header : row.id);

/** The row that takes the place of one that goes away from its part of the list: the next one, else the one before. */
export function neighbourOf(rows: Rows, id: string): string | null {
  const part = sectionOf(rows, id);
  const at = part.findIndex((item) => item.id === id);
  return (part[at + 1] ?? part[at - 1])?.id ?? (rows.hasHeader ? header : null);
}

/** Where to put an item that shall be number `to` of its part of the list; null if it is there, or cannot be. */
export function placeFor(rows: Rows, id: string, to: number): Place | null {
  const part = sectionOf(rows, id);
  if (to < 0 || to >= part.length || part[to]?.id === id) return null;
  const others = part.filter((item) => item.id !== id);
  return { after: others[to - 1]?.id ?? null };
}

/** The part of the list that an item is in: the open ones or the completed ones. */
export function sectionOf({ open, done }: Rows, id: string): readonly Item[] {
  return open.some((item) => item.id === id) ? open : done;
}
