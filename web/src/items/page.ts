// What is going on in the page of one list: which row is the current one, what is being written, and what is open.
import type { Item } from '@collab-todo/client';
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Rows } from './rows';

/** The fields that are written as text. */
export type TextField = 'name' | 'description' | 'media_url';

/** What is being written in a field, until it is saved or given up. It outlives the field on the screen: nothing typed is lost. */
export interface Draft {
  /** As it was when the writing began. */
  item: Item;
  field: TextField;
  base: string;
  mine: string;
}

/** The controls of a row that can have the focus. */
export type Control = 'check' | 'name' | 'handle' | 'details' | 'menu';

export interface PageState {
  /** The row that the arrows start from and that Tab stops at. */
  activeId: string | null;
  /** Names that are being written in their rows. */
  names: Readonly<Record<string, Draft>>;
  /** Other texts, by item and field. */
  texts: Readonly<Record<string, Draft>>;
  /** The item whose field has the focus. */
  writingIn: string | null;
  /** The item whose details are open. */
  openId: string | null;
  query: string;
  /** A row is to get the focus as soon as it is there. */
  focusWanted: { id: string; control: Control } | null;
  /** A row is to be scrolled to, without the focus. */
  shown: string | null;
  /** What screen readers are to say. */
  announcement: string;
  dialog: 'trash' | 'keys' | null;
  /** What is on the screen, for what is done from the keyboard. */
  rows: Rows;
}

export type Page = StoreApi<PageState>;

export function createPage(): Page {
  return createStore<PageState>(() => ({
    activeId: null, names: {}, texts: {}, writingIn: null, openId: null, query: '', focusWanted: null, shown: null, announcement: '',
    dialog: null,
    rows: { open: [], done: [], hasHeader: false, isUnfolded: false },
  }));
}

export const PageContext = createContext<Page | null>(null);

/** The page's state, to read and change it outside of rendering. */
export function usePageStore(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('There is no <PageContext> here');
  return page;
}

/** A part of the page's state. */
export function usePage<T>(select: (state: PageState) => T): T {
  return useStore(usePageStore(), select);
}

/** Makes a row the current one and gives it the focus. */
export function focusRow(page: Page, id: string, control: Control = 'check'): void {
  page.setState({ activeId: id, focusWanted: { id, control } });
}

/** Begins to write an item's name in its row. */
export function startName(page: Page, item: Item): void {
  const draft: Draft = { item, field: 'name', base: item.name, mine: item.name };
  page.setState(({ names }) => ({ activeId: item.id, names: { ...names, [item.id]: draft } }));
}

/** The same record without one of its entries. */
export function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = record;
  return rest;
}

/** Says something to who uses a screen reader. What is said twice is heard twice. */
export function announce(page: Page, text: string): void {
  page.setState(({ announcement }) => ({ announcement: announcement === text ? `${text}\u00a0` : text }));
}
