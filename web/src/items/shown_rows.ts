import type { Item, ListView } from '@collab-todo/client';
import { compareItems } from '@collab-todo/client';
import { useDeferredValue, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { arrange, holdOrder, type Held } from './arrange';
import { usePage, usePageStore } from './page';
import type { Rows } from './rows';
import type { ViewSettings } from './view_settings';

const nothing: ReadonlySet<string> = new Set();

/**
 * The rows of a list as it is looked at. As long as somebody writes in a row, that row stays, and what is there keeps its order: nothing
 * moves away under the hands.
 */
export function useShownRows(list: ListView, settings: ViewSettings, { now, user_id }: { now: Date; user_id: string }) {
  const { i18n } = useTranslation();
  const page = usePageStore();
  // What is written there does not matter here, only where.
  const written = usePage((state) => Object.keys(state.names).join());
  const query = useDeferredValue(usePage((state) => state.query));
  const { filter, sort, isUnfolded } = settings;
  const last = useRef<Rows | null>(null);

  const held = useMemo(
    () => new Map(Object.values(page.getState().names).map(({ item }): [string, Held] => [item.id, { item, wasDone: item.done }])),
    [page, written],
  );
  const { items, deleted } = useMemo(() => withHeld(list.items, held), [list.items, held]);

  const rows = useMemo((): Rows => {
    const arranged = arrange(items, { filter, sort, query }, { now, user_id, language: i18n.language, held });
    const before = held.size > 0 ? last.current : null;
    const open = before ? holdOrder(before.open, arranged.open) : arranged.open;
    const done = before ? holdOrder(before.done, arranged.done) : arranged.done;
    const hasHeader = filter !== 'done' && done.length > 0;
    return { open, done, hasHeader, isUnfolded: isUnfolded || !hasHeader || query.trim() !== '' };
  }, [items, filter, sort, query, isUnfolded, now, user_id, i18n.language, held]);

  useLayoutEffect(() => {
    last.current = rows;
    page.setState({ rows });
  }, [page, rows]);
  return { rows, deleted, query };
}

// With the items that somebody writes in and that others have deleted.
function withHeld(items: readonly Item[], held: ReadonlyMap<string, Held>): { items: readonly Item[]; deleted: ReadonlySet<string> } {
  if (held.size === 0) return { items, deleted: nothing };
  const missing = new Map([...held].map(([id, { item }]) => [id, item]));
  for (const { id } of items) missing.delete(id);
  if (missing.size === 0) return { items, deleted: nothing };
  return { items: [...items, ...missing.values()].sort(compareItems), deleted: new Set(missing.keys()) };
}
