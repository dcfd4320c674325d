import { SortableContext, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListView } from '@collab-todo/client';
import { useConflicts, usePresence } from '@collab-todo/react';
import { CompletedHeader } from './completed_header';
import { DragArea } from './drag_area';
import { ItemRow, none } from './item_row';
import { useListContext } from './list_context';
import { usePage, usePageStore } from './page';
import { editorsOf } from './people';
import { header, indexOf, keyOf, rowAt, rowCount, type Rows } from './rows';
import { SortableRow } from './sortable_row';
import { useRowFocus } from './row_focus';
import { useRowKeys } from './row_keys';
import { useSteadyScroll } from './steady_scroll';

export interface ItemListProps {
  list: ListView;
  rows: Rows;
  isMovable: boolean;
  /** Items that others have deleted while something was being written in them. */
  deleted: ReadonlySet<string>;
  onFold: () => void;
  /** What scrolls, once it is there. */
  scroller: HTMLDivElement | null;
}

/** Of a row with one line, in pixels; the others are measured when they are seen. */
const rowHeight = 40;

/** The items, of which only those on the screen and the current one are in the page. */
export function ItemList({ list, rows, isMovable, deleted, onFold, scroller }: ItemListProps) {
  const { t } = useTranslation();
  const { client, canEdit } = useListContext();
  const page = usePageStore();
  const activeId = usePage((state) => state.activeId);
  const written = usePage((state) => Object.keys(state.names).join());
  const container = useRef<HTMLUListElement>(null);
  const dragged = useRef<string | null>(null);

  const count = rowCount(rows);
  const activeIndex = useActiveIndex(rows, activeId);
  const keys = useKeys(rows);
  const keptIndices = useMemo(
    () => [activeIndex, ...Object.keys(page.getState().names).map((id) => keys.indexOf(id))],
    [page, written, keys, activeIndex],
  );

  // What stands above the items scrolls with them.
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => setMargin(container.current?.offsetTop ?? 0));
  const virtualizer = useVirtualizer({
    count,
    scrollMargin: margin,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    getItemKey: useCallback((index: number) => keys[index] ?? index, [keys]),
    overscan: 8,
    scrollPaddingStart: 8,
    scrollPaddingEnd: 8,
    rangeExtractor: (range) => {
      const draggedIndex = dragged.current === null ? -1 : keys.indexOf(dragged.current);
      const wanted = new Set([...defaultRangeExtractor(range), ...keptIndices, draggedIndex]);
      return [...wanted].filter((index) => index >= 0 && index < range.count).sort((a, b) => a - b);
    },
  });

  useRowFocus(page, container, useCallback((id: string) => {
    const index = keys.indexOf(id);
    if (index >= 0) virtualizer.scrollToIndex(index, { align: 'auto' });
  }, [keys, virtualizer]));
  useSteadyScroll(rows, virtualizer, scroller);
  const onKeyDown = useRowKeys(client, list.list_id);

  const editors = useEditors(list.list_id);
  const conflicts = useConflictsByItem(list.list_id);

  return (
    <DragArea rows={rows} dragged={dragged}>
      <SortableContext items={keys} strategy={verticalListSortingStrategy} disabled={!isMovable || !canEdit}>
        <ul
          ref={container}
          aria-label={t('items.list', { name: list.name })}
          className="relative"
          style={{ height: virtualizer.getTotalSize() }}
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            const id = event.target.closest<HTMLElement>('[data-row]')?.dataset['row'];
            if (id !== undefined && id !== page.getState().activeId) page.setState({ activeId: id });
          }}
        >
          {virtualizer.getVirtualItems().map(({ index, start, key }) => {
            const row = rowAt(rows, index);
            if (row === undefined) return null;
            const place = { index, start: start - margin, count, measure: virtualizer.measureElement };
            if (row === header) return <CompletedHeader key={key} {...place} rows={rows} isActive={index === activeIndex} onFold={onFold} />;
            return (
              <SortableRow key={key} id={row.id} {...place}>
                {(handle) => (
                  <ItemRow
                    item={row}
                    isActive={index === activeIndex}
                    isPending={list.pending.has(row.id)}
                    isMovable={isMovable && canEdit}
                    isDeleted={deleted.has(row.id)}
                    editors={editors.get(row.id) ?? none.editors}
                    conflicts={conflicts.get(row.id) ?? none.conflicts}
                    handle={handle}
                  />
                )}
              </SortableRow>
            );
          })}
        </ul>
      </SortableContext>
    </DragArea>
  );
}

// The keys of all rows; the same array as long as none comes, goes or moves, so that an edit does not make all places be counted anew.
function useKeys(rows: Rows): string[] {
  const last = useRef<string[]>([]);
  return useMemo(() => {
    const keys = Array.from({ length: rowCount(rows) }, (_, index) => keyOf(rowAt(rows, index)!));
    const isSame = keys.length === last.current.length && keys.every((key, index) => key === last.current[index]);
    return isSame ? last.current : (last.current = keys);
  }, [rows]);
}

// The current row; when it is gone, the one that has taken its place.
function useActiveIndex(rows: Rows, activeId: string | null): number {
  const page = usePageStore();
  const last = useRef(0);
  const found = activeId === null ? -1 : indexOf(rows, activeId);
  const index = found >= 0 ? found : Math.min(last.current, rowCount(rows) - 1);
  useLayoutEffect(() => {
    last.current = Math.max(0, index);
    const row = rowAt(rows, index);
    if (row && activeId !== null && found < 0) page.setState({ activeId: keyOf(row) });
  });
  return index;
}

function useEditors(list_id: string): ReadonlyMap<string, readonly string[]> {
  const { client } = useListContext();
  const present = usePresence(list_id);
  const last = useRef<ReadonlyMap<string, readonly string[]>>(new Map());
  return useMemo(() => {
    // Rows are rendered anew only if it is somebody else who writes in them.
    const next = new Map(editorsOf(present, client.user_id));
    for (const [id, people] of next) if (last.current.get(id)?.join() === people.join()) next.set(id, last.current.get(id)!);
    return (last.current = next);
  }, [present, client]);
}

function useConflictsByItem(list_id: string) {
  const conflicts = useConflicts(list_id);
  return useMemo(() => {
    const byItem = new Map<string, typeof conflicts>();
    for (const conflict of conflicts) if (conflict.item_id) byItem.set(conflict.item_id, [...(byItem.get(conflict.item_id) ?? []), conflict]);
    return byItem;
  }, [conflicts]);
}
