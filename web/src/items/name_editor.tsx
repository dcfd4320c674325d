import type { Item } from '@collab-todo/client';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ClashNote } from './clash_note';
import { limits, lengthOf } from './limits';
import { useListContext } from './list_context';
import { focusRow, usePageStore } from './page';
import { usePersonName } from './people';
import { useDraft } from './use_draft';

/** The field in which an item's name is written, in its row. */
export function NameEditor({ item, isDeleted }: { item: Item; isDeleted: boolean }) {
  const { t } = useTranslation();
  const { actions } = useListContext();
  const page = usePageStore();
  const personName = usePersonName();
  const draft = useDraft(item, 'name', 'names', (name) => actions.write(item, { name }));
  const [error, setError] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  const errorId = useId();

  useEffect(() => {
    field.current?.focus();
    page.setState({ writingIn: item.id });
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length);
    return () => page.setState(({ writingIn }) => (writingIn === item.id ? { writingIn: null } : {}));
  }, [page, item.id]);

  const save = (): boolean => {
    const length = lengthOf(draft.text.trim());
    if (length === 0) setError(t('items.name_missing'));
    else if (length > limits.name) setError(t('items.too_long', { count: limits.name, length }));
    else if (isDeleted) draft.keepMine();
    else return draft.commit();
    return length > 0 && length <= limits.name;
  };
  const cancel = () => {
    draft.discard();
    focusRow(page, item.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') cancel();
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (save()) focusRow(page, item.id);
  };
  const onBlur = () => {
    page.setState({ writingIn: null });
    if (draft.text.trim() === '') draft.discard();
    else if (!isDeleted) save();
  };

  return (
    <div className="min-w-0 flex-1 py-1">
      <textarea
        ref={field}
        data-control="name"
        rows={1}
        value={draft.text}
        aria-label={t('items.fields.name')}
        aria-invalid={error !== undefined}
        aria-describedby={error ? errorId : undefined}
        onChange={(event) => {
          setError(undefined);
          draft.change(event.target.value.replace(/\s*\n\s*/g, ' '));
        }}
        onFocus={() => page.setState({ writingIn: item.id })}
        onBlur={onBlur}
        onKeyDown={onKeyDown}
        className="field-sizing-content w-full resize-none rounded-md border border-accent bg-surface px-1 py-0.5 text-base outline-none sm:text-sm"
      />
      {error && (
        <p id={errorId} role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      {isDeleted ? (
        <ClashNote
          told={t('items.deleted_while_writing')}
          mine={draft.text}
          theirs={t('items.conflict.gone')}
          mineLabel={t('items.conflict.mine_deleted_theirs')}
          theirsLabel={t('items.conflict.theirs_deleted_theirs')}
          onMine={() => save()}
          onTheirs={draft.discard}
        />
      ) : (
        draft.state === 'clash' && (
          <ClashNote
            told={t('items.changed_while_writing', { name: personName(item.updated_by) })}
            mine={draft.text}
            theirs={draft.theirs}
            mineLabel={t('items.conflict.mine_field')}
            theirsLabel={t('items.conflict.theirs_field')}
            onMine={draft.keepMine}
            onTheirs={draft.discard}
          />
        )
      )}
    </div>
  );
}
