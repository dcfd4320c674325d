import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { useCallback, useMemo, type HTMLAttributes, type ReactNode } from 'react';

export interface RowPlace {
  index: number;
  /** Its distance from the top of the list, in pixels. */
  start: number;
  /** How many rows there are in all, on the screen or not. */
  count: number;
  /** Measures its height. */
  measure: (element: HTMLElement | null) => void;
}

export interface SortableRowProps extends RowPlace {
  id: string;
  children: (handle: HTMLAttributes<HTMLElement> | undefined) => ReactNode;
}

/** A row at its place, which can be dragged by what gets the handle's properties. */
export function SortableRow({ id, index, start, count, measure, children }: SortableRowProps) {
  const { attributes, listeners, setNodeRef, transform, transition, isDragging } = useSortable({ id });
  const ref = useCallback((element: HTMLElement | null) => {
    setNodeRef(element);
    measure(element);
  }, [setNodeRef, measure]);
  const { 'aria-describedby': describedBy, 'aria-pressed': isPressed } = attributes;
  const handle = useMemo(
    () => listeners && { ...listeners, 'aria-describedby': describedBy, 'aria-pressed': isPressed },
    [listeners, describedBy, isPressed],
  );
  return (
    <li
      ref={ref}
      data-row={id}
      data-index={index}
      aria-setsize={count}
      aria-posinset={index + 1}
      className={`absolute inset-x-0 px-2 ${isDragging ? 'z-10 [&>div]:bg-raised [&>div]:shadow-lg' : ''}`}
      style={{ top: start, transform: CSS.Translate.toString(transform), transition }}
    >
      {children(handle)}
    </li>
  );
}
