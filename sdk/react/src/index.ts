// React hooks over a Client: each gives what is there now, and renders again when that changes.
import { createContext, useCallback, useContext, useRef, useSyncExternalStore } from 'react';
import type { Client, ClientEvents, Conflict, ListSummary, ListView, Presence, Status } from '@collab-todo/client';

const ClientContext = createContext<Client | null>(null);

/** Gives its children the client: `<ClientProvider value={client}>`. Whoever made the client starts and closes it. */
export const ClientProvider = ClientContext.Provider;

/** The client, to make changes with. Throws outside of a ClientProvider. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error('useClient needs a <ClientProvider value={client}> around it');
  return client;
}

// `read` must give the same object as long as nothing has changed.
function useValue<T>(events: readonly (keyof ClientEvents)[], read: (client: Client) => T): T {
  const client = useClient();
  const subscribe = useCallback(
    (changed: () => void) => {
      const stops = events.map((event) => client.on(event, changed));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [client, events],
  );
  const present = () => read(client);
  return useSyncExternalStore(subscribe, present, present);
}

// Arrays that are made anew with each call are the same as long as their elements are.
function useElements<T>(events: readonly (keyof ClientEvents)[], read: (client: Client) => readonly T[]): readonly T[] {
  const last = useRef<readonly T[]>([]);
  return useValue(events, (client) => {
    const next = read(client);
    const isSame = next.length === last.current.length && next.every((element, at) => element === last.current[at]);
    return isSame ? last.current : (last.current = next);
  });
}

const onStatus = ['status'] as const;
const onPending = ['pending'] as const;
const onLists = ['lists'] as const;
const onList = ['list', 'lists'] as const;
const onConflicts = ['conflicts', 'lists'] as const;
const onPresence = ['presence'] as const;
const onSteps = ['queued', 'lists'] as const;

/** Whether the client is live, and why not. */
export function useStatus(): Status {
  return useValue(onStatus, (client) => client.status);
}

/** How many changes wait to be accepted by the server. */
export function usePendingCount(): number {
  return useValue(onPending, (client) => client.pendingCount);
}

/** All lists, by name. */
export function useLists(): readonly ListSummary[] {
  return useValue(onLists, (client) => client.lists());
}

/** A list with its items in order, or null. Items that did not change are the same objects as before. */
export function useList(list_id: string): ListView | null {
  return useValue(onList, (client) => client.list(list_id));
}

/** The conflicts that wait for somebody, of one list or of all. */
export function useConflicts(list_id?: string): readonly Conflict[] {
  return useElements(onConflicts, (client) => client.conflicts(list_id));
}

/** Who is in a list now. */
export function usePresence(list_id: string): readonly Presence[] {
  return useValue(onPresence, (client) => client.presence(list_id));
}

/** Whether there is something to undo and to redo; `client.undo()` and `client.redo()` do it. */
export function useUndo(): { canUndo: boolean; canRedo: boolean } {
  const canUndo = useValue(onSteps, (client) => client.canUndo);
  const canRedo = useValue(onSteps, (client) => client.canRedo);
  return { canUndo, canRedo };
}
