import type { Client, ListView, Member } from '@collab-todo/client';
import { createContext, useContext } from 'react';
import type { Actions } from './actions';

/** What everything in the page of a list needs and that rarely changes, so that rows are not rendered for it. */
export interface ListContextValue {
  client: Client;
  list_id: string;
  canEdit: boolean;
  members: readonly Member[];
  owner_id: ListView['owner_id'];
  actions: Actions;
  /** This moment, to the minute. */
  now: Date;
}

export const ListContext = createContext<ListContextValue | null>(null);

export function useListContext(): ListContextValue {
  const value = useContext(ListContext);
  if (!value) throw new Error('There is no <ListContext> here');
  return value;
}
