// How the connection is, as people want to know it: what lasts a moment only is not told.
import { usePendingCount, useStatus } from '@collab-todo/react';
import type { Status } from '@collab-todo/client';
import { useEffect, useState, useSyncExternalStore } from 'react';

export type ConnectionKind = 'live' | 'sending' | 'connecting' | 'offline' | 'ended';

/** A change that is answered sooner, or a connection that is back sooner, is not worth a word. */
const momentMs = 1_000;
/** Whoever has not connected by then is offline. */
const longMs = 8_000;

/** What is to be said of a client's state that has stood for `ageMs`; null: nothing else than before, for now. */
export function connectionKind(state: Status['state'], pending: number, isOnline: boolean, ageMs: number): ConnectionKind | null {
  if (state === 'ended') return 'ended';
  if (state === 'live') return pending === 0 ? 'live' : ageMs < momentMs ? null : 'sending';
  if (state === 'offline' || !isOnline || ageMs >= longMs) return 'offline';
  return ageMs < momentMs ? null : 'connecting';
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}

/** How the connection is, and how many changes wait to be sent. */
export function useConnection(): { kind: ConnectionKind; pending: number } {
  const { state } = useStatus();
  const pending = usePendingCount();
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
  const [kind, setKind] = useState<ConnectionKind>(state === 'live' ? 'live' : 'connecting');
  const isIdle = pending === 0;

  useEffect(() => {
    const look = (ageMs: number) => setKind((before) => connectionKind(state, isIdle ? 0 : 1, isOnline, ageMs) ?? before);
    look(0);
    const timers = [momentMs, longMs].map((ageMs) => setTimeout(look, ageMs, ageMs));
    return () => timers.forEach(clearTimeout);
  }, [state, isIdle, isOnline]);
  return { kind, pending };
}
