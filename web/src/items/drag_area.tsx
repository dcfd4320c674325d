import {
  closestCenter, DndContext, KeyboardSensor, PointerSensor, TouchSensor, useSensor, useSensors,
  type Announcements, type DragEndEvent, type UniqueIdentifier,
} from '@dnd-kit/core';
import { sortableKeyboardCoordinates } from '@dnd-kit/sortable';
import { useMemo, useRef, type ReactNode, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { useListContext } from './list_context';
import { sectionOf, type Rows } from './rows';

// Always the same objects: with others, each rendering would give every row another handle.
const pointerOptions = { activationConstraint: { distance: 4 } };
const touchOptions = { activationConstraint: { delay: 120, tolerance: 8 } };
const keyboardOptions = { coordinateGetter: sortableKeyboardCoordinates };

/** Lets its rows be dragged with a mouse, a finger or the keyboard, and tells screen readers what goes on. */
export function DragArea({ rows, dragged, children }: { rows: Rows; dragged: RefObject<string | null>; children: ReactNode }) {
  const { actions } = useListContext();
  const sensors = useSensors(
    useSensor(PointerSensor, pointerOptions),
    useSensor(TouchSensor, touchOptions),
    useSensor(KeyboardSensor, keyboardOptions),
  );
  const end = ({ active, over }: DragEndEvent) => {
    dragged.current = null;
    const section = sectionOf(rows, String(active.id));
    const item = section.find(({ id }) => id === active.id);
    if (!item || !over || over.id === active.id) return;
    // Onto the other part of the list means: to the near end of its own.
    const target = section.some(({ id }) => id === over.id) ? String(over.id) : (section === rows.open ? section.at(-1) : section[0])?.id;
    if (target && target !== item.id) actions.moveTo(item, target);
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      accessibility={useDragTexts(rows)}
      onDragStart={({ active }) => (dragged.current = String(active.id))}
      onDragEnd={end}
      onDragCancel={() => (dragged.current = null)}
    >
      {children}
    </DndContext>
  );
}

function useDragTexts(rows: Rows) {
  const { t } = useTranslation();
  const latest = useRef(rows);
  latest.current = rows;
  return useMemo(() => {
    const at = (id: UniqueIdentifier) => {
      const section = sectionOf(latest.current, String(id));
      const index = section.findIndex((item) => item.id === id);
      return { name: section[index]?.name ?? '', place: index + 1, count: section.length };
    };
    const announcements: Announcements = {
      onDragStart: ({ active }) => t('items.dragging.started', at(active.id)),
      onDragOver: ({ active, over }) => (over ? t('items.dragging.over', { ...at(over.id), name: at(active.id).name }) : undefined),
      onDragEnd: ({ active, over }) => t('items.dragging.ended', { ...at(over?.id ?? active.id), name: at(active.id).name }),
      onDragCancel: ({ active }) => t('items.dragging.cancelled', at(active.id)),
    };
    return { announcements, screenReaderInstructions: { draggable: t('items.dragging.instructions') } };
  }, [t]);
}
