import type { Item } from '@collab-todo/client';
import { useConflicts } from '@collab-todo/react';
import { ArrowDown, ArrowUp, Trash2, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { ChangedBy } from './changed_by';
import { ConflictNote } from './conflict_note';
import { DueField } from './due_field';
import { useMedia } from '../ui/use_media';
import { useListContext } from './list_context';
import { MediaField } from './media_field';
import { usePageStore } from './page';
import { StatusField } from './status_field';
import { TextDraft } from './text_draft';

export interface ItemDetailsProps {
  item: Item;
  /** Others have deleted it. */
  isDeleted: boolean;
  isMovable: boolean;
}

/** Everything about one item: beside the list where there is room, else over it. */
export function ItemDetails(props: ItemDetailsProps) {
  const { t } = useTranslation();
  const { actions } = useListContext();
  const close = () => actions.openDetails(null);
  const isWide = useMedia('(min-width: 64rem)');
  if (!isWide) {
    return (
      <Dialog title={t('items.details')} onClose={close}>
        <Fields {...props} />
      </Dialog>
    );
  }
  return (
    <SidePanel title={t('items.details')} onClose={close}>
      <Fields {...props} />
    </SidePanel>
  );
}

function SidePanel({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside
      aria-label={title}
      className="flex w-88 shrink-0 flex-col border-l border-line bg-surface"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div className="flex items-center justify-between py-2 pr-2 pl-5">
        <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold outline-none">
          {title}
        </h2>
        <IconButton label={t('close')} icon={<X />} onClick={onClose} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
    </aside>
  );
}

function Fields({ item, isDeleted, isMovable }: ItemDetailsProps) {
  const { t } = useTranslation();
  const { canEdit, actions, list_id } = useListContext();
  const page = usePageStore();
  const conflicts = useConflicts(list_id).filter(({ item_id }) => item_id === item.id);
  return (
    <div
      className="space-y-5"
      onFocus={(event) => {
        if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) page.setState({ writingIn: item.id });
      }}
      onBlur={() => page.setState({ writingIn: null })}
    >
      {isDeleted && (
        <div role="alert" className="rounded-lg bg-warning-soft px-3 py-2 text-sm">
          <p className="text-warning">{t('items.deleted_by_others')}</p>
          {canEdit && (
            <Button className="mt-2" onClick={() => actions.write(item, {})}>
              {t('items.trash.restore')}
            </Button>
          )}
        </div>
      )}
      {conflicts.map((conflict) => (
        <ConflictNote key={conflict.conflict_id} conflict={conflict} />
      ))}
      <TextDraft item={item} field="name" isRequired />
      <StatusField item={item} />
      <DueField item={item} />
      <TextDraft item={item} field="description" />
      <MediaField item={item} />
      <ChangedBy item={item} />
      {canEdit && !isDeleted && (
        <div className="flex flex-wrap gap-2 border-t border-line pt-4">
          <Button onClick={() => actions.moveBy(item, -1)} disabled={!isMovable}>
            <ArrowUp className="size-4" aria-hidden />
            {t('items.move_up')}
          </Button>
          <Button onClick={() => actions.moveBy(item, 1)} disabled={!isMovable}>
            <ArrowDown className="size-4" aria-hidden />
            {t('items.move_down')}
          </Button>
          <Button look="danger" onClick={() => actions.remove(item)}>
            <Trash2 className="size-4" aria-hidden />
            {t('items.delete')}
          </Button>
          {!isMovable && <p className="w-full text-sm text-muted">{t('items.not_movable')}</p>}
        </div>
      )}
    </div>
  );
}
