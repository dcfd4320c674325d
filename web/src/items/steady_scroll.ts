import type { Virtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef } from 'react';
import { usePage } from './page';
import { indexOf, type Rows } from './rows';

/** Keeps the row that is being written in where it is on the screen, whatever others add or delete above it. */
export function useSteadyScroll(rows: Rows, virtualizer: Virtualizer<HTMLDivElement, Element>, scroller: HTMLDivElement | null): void {
  const writingIn = usePage((state) => state.writingIn);
  const before = useRef<{ id: string; start: number; rows: Rows } | null>(null);
  useLayoutEffect(() => {
    const index = writingIn === null ? -1 : indexOf(rows, writingIn);
    const start = virtualizer.measurementsCache[index]?.start;
    if (writingIn === null || start === undefined) {
      before.current = null;
      return;
    }
    // Rows that turn out to be higher than was thought are the virtualizer's to make up for.
    const isOther = before.current?.id === writingIn && before.current.rows !== rows;
    const moved = isOther && before.current ? start - before.current.start : 0;
    before.current = { id: writingIn, start, rows };
    if (moved !== 0 && scroller) scroller.scrollTop += moved;
  });
}
