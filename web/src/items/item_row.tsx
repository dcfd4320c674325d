import type { Conflict, Item } from '@collab-todo/client';
import { ChevronRight, GripVertical } from 'lucide-react';
import { memo, type HTMLAttributes } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../ui/avatar';
import { ConflictNote } from './conflict_note';
import { ItemCheck } from './item_check';
import { ItemMenu } from './item_menu';
import { ItemMeta } from './item_meta';
import { useListContext } from './list_context';
import { NameEditor } from './name_editor';
import { usePage } from './page';
import { usePersonName } from './people';
import { useRecentEditor } from './recent_changes';

export interface ItemRowProps {
  item: Item;
  /** Whether it is the current row. */
  isActive: boolean;
  isPending: boolean;
  isMovable: boolean;
  /** Others have deleted it while it was being written in. */
  isDeleted: boolean;
  editors: readonly string[];
  conflicts: readonly Conflict[];
  /** What makes the handle drag the row. */
  handle: HTMLAttributes<HTMLElement> | undefined;
}

const nobody: readonly string[] = [];
const noConflicts: readonly Conflict[] = [];
export const none = { editors: nobody, conflicts: noConflicts };

/** One item in the list. Its controls are stops of Tab in the current row only. */
export const ItemRow = memo(function ItemRow({ item, isActive, isPending, isMovable, isDeleted, editors, conflicts, handle }: ItemRowProps) {
  const { t } = useTranslation();
  const { canEdit, actions } = useListContext();
  const isOpen = usePage((page) => page.openId === item.id);
  const isWriting = usePage((page) => page.names[item.id] !== undefined);
  const recentEditor = useRecentEditor(item);
  const personName = usePersonName();
  const tabIndex = isActive ? 0 : -1;
  const ground = recentEditor ? 'bg-accent-soft' : isOpen ? 'bg-raised' : 'focus-within:bg-raised hover:bg-raised';
  const tells = [...new Set(recentEditor ? [...editors, recentEditor] : editors)];

  return (
    <div className={`group mx-auto max-w-3xl rounded-lg transition-colors ${recentEditor ? '' : 'duration-1000 hover:duration-100'} ${ground}`}>
      <div className="flex items-start gap-0.5 py-0.5 pr-1">
        {canEdit && (
          <button
            type="button"
            data-control="handle"
            disabled={!isMovable}
            className="grid h-9 w-6 shrink-0 touch-none cursor-grab place-items-center rounded text-muted opacity-0 transition-opacity group-hover:opacity-100 focus-visible:opacity-100 disabled:invisible pointer-coarse:opacity-100"
            {...handle}
            tabIndex={tabIndex}
            aria-label={t('items.drag', { name: item.name })}
          >
            <GripVertical className="size-4" aria-hidden />
          </button>
        )}
        <ItemCheck item={item} tabIndex={tabIndex} />
        {isWriting && canEdit ? (
          <NameEditor item={item} isDeleted={isDeleted} />
        ) : (
          <div className="min-w-0 flex-1">
            <button
              type="button"
              data-control="name"
              tabIndex={canEdit ? -1 : tabIndex}
              onClick={() => (canEdit ? actions.startName(item) : actions.openDetails(item.id))}
              className={`w-full rounded px-1 py-2 text-left text-base leading-5 break-words sm:text-sm ${item.done ? 'text-muted line-through' : ''} ${canEdit ? 'cursor-text!' : ''}`}
            >
              {item.name}
            </button>
            <ItemMeta item={item} isPending={isPending} />
          </div>
        )}
        {tells.map((user_id) => (
          <span key={user_id} className="mt-1 shrink-0" title={t('items.is_editing', { name: personName(user_id) })}>
            <Avatar user_id={user_id} name={personName(user_id)} />
          </span>
        ))}
        <ItemMenu item={item} isMovable={isMovable} tabIndex={tabIndex} />
        <button
          type="button"
          data-control="details"
          tabIndex={tabIndex}
          aria-label={t('items.details_of', { name: item.name })}
          aria-expanded={isOpen}
          title={t('items.details')}
          onClick={() => actions.openDetails(isOpen ? null : item.id)}
          className="grid size-9 shrink-0 place-items-center rounded-lg text-muted hover:text-ink"
        >
          <ChevronRight className="size-4.5" aria-hidden />
        </button>
      </div>
      {conflicts.length > 0 && (
        <div className="px-3 pb-2 sm:pl-16">
          {conflicts.map((conflict) => (
            <ConflictNote key={conflict.conflict_id} conflict={conflict} />
          ))}
        </div>
      )}
    </div>
  );
});
