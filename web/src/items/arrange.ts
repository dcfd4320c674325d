// Which items of a list are shown, and in which order.
import type { Item } from '@collab-todo/client';
import { dueOrder, parseDue, urgencyOf } from './due_date';

export const filters = ['all', 'open', 'done', 'overdue', 'mine'] as const;
export type Filter = (typeof filters)[number];
export const sorts = ['own', 'due', 'name', 'changed'] as const;
export type Sort = (typeof sorts)[number];

export interface View {
  filter: Filter;
  sort: Sort;
  /** Only what has all of these words. */
  query: string;
}

export interface Arranged {
  open: readonly Item[];
  done: readonly Item[];
}

/** What is being written in: it is shown whatever the view says, and where it was. */
export interface Held {
  item: Item;
  wasDone: boolean;
}

export interface ArrangeOptions {
  now: Date;
  user_id: string;
  language: string;
  held: ReadonlyMap<string, Held>;
}

/** The items of a list in their own order, as `view` wants them. */
export function arrange(items: readonly Item[], view: View, { now, user_id, language, held }: ArrangeOptions): Arranged {
  const words = searchable(view.query).split(/\s+/).filter(Boolean);
  const isShown = (item: Item) => held.has(item.id) || (passes(item, view.filter, now, user_id) && hasWords(item, words));
  const open: Item[] = [];
  const done: Item[] = [];
  for (const item of items) {
    if (isShown(item)) ((held.get(item.id)?.wasDone ?? item.done) ? done : open).push(item);
  }
  const compare = comparison(view.sort, language);
  return compare ? { open: open.sort(compare), done: done.sort(compare) } : { open, done };
}

/** `next`, but what was there before stays in the order of `previous`; a newcomer stands behind the one that it follows in `next`. */
export function holdOrder(previous: readonly Item[], next: readonly Item[]): Item[] {
  const places = new Map(previous.map(({ id }, at) => [id, at]));
  let place = -1;
  const placed = next.map((item) => ({ item, place: (place = places.get(item.id) ?? place) }));
  return placed.sort((a, b) => a.place - b.place).map(({ item }) => item);
}

/** Whether items can be moved in this view: where something stands means nothing in another order, and little among hits. */
export function isMovable({ filter, sort, query }: View): boolean {
  return sort === 'own' && (filter === 'all' || filter === 'open') && query.trim() === '';
}

function passes(item: Item, filter: Filter, now: Date, user_id: string): boolean {
  switch (filter) {
    case 'all': return true;
    case 'open': return !item.done;
    case 'done': return item.done;
    case 'mine': return item.created_by === user_id;
    case 'overdue': return !item.done && isOverdue(item, now);
  }
}

function isOverdue({ due_date }: Item, now: Date): boolean {
  const due = parseDue(due_date);
  return due !== null && urgencyOf(due, now) === 'overdue';
}

// An item that does not change is not looked at twice.
const searchTexts = new WeakMap<Item, string>();

function hasWords(item: Item, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  let text = searchTexts.get(item);
  if (text === undefined) searchTexts.set(item, (text = searchable(`${item.name}\n${item.description ?? ''}`)));
  return words.every((word) => text.includes(word));
}

// Without accents and in lower case, so that "cafe" finds "Café".
function searchable(text: string): string {
  return text.normalize('NFKD').replace(/\p{Mn}/gu, '').toLowerCase();
}

function comparison(sort: Sort, language: string): ((a: Item, b: Item) => number) | null {
  switch (sort) {
    case 'own': return null;
    case 'changed': return (a, b) => compareText(b.updated_at, a.updated_at);
    case 'due': return (a, b) => compareText(dueOrder(a.due_date), dueOrder(b.due_date));
    case 'name': {
      const collator = new Intl.Collator(language, { numeric: true });
      return (a, b) => collator.compare(a.name, b.name);
    }
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
