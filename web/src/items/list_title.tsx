import type { ListView } from '@collab-todo/client';
import { useConflicts } from '@collab-todo/react';
import { useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ClashNote } from './clash_note';
import { draftState } from './draft';
import { lengthOf, limits } from './limits';
import { useListContext } from './list_context';

/** The list's name. Who may write can rename it where it stands. */
export function ListTitle({ list }: { list: ListView }) {
  const { t } = useTranslation();
  const { canEdit } = useListContext();
  const [isWriting, setIsWriting] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const end = (byKey: boolean) => {
    setIsWriting(false);
    if (byKey) requestAnimationFrame(() => button.current?.focus());
  };
  if (isWriting && canEdit) return <TitleEditor list={list} onEnd={end} />;
  return (
    <h1 className="min-w-0 text-lg leading-tight font-semibold sm:text-xl">
      {canEdit ? (
        <button
          ref={button}
          type="button"
          title={t('items.rename_list')}
          onClick={() => setIsWriting(true)}
          className="line-clamp-2 w-full cursor-text! rounded-md px-1.5 py-1 text-left break-words hover:bg-raised"
        >
          {list.name}
        </button>
      ) : (
        <span className="line-clamp-2 px-1.5 py-1 break-words">{list.name}</span>
      )}
    </h1>
  );
}

function TitleEditor({ list, onEnd }: { list: ListView; onEnd: (byKey: boolean) => void }) {
  const { t } = useTranslation();
  const { client } = useListContext();
  const [base] = useState(list.name);
  const [mine, setMine] = useState(list.name);
  const [error, setError] = useState<string>();
  const state = draftState(base, list.name, mine.trim());

  const save = (byKey: boolean, isDecided = false) => {
    const length = lengthOf(mine.trim());
    if (length === 0) return byKey ? setError(t('items.list_name_missing')) : onEnd(false);
    if (length > limits.newName) return setError(t('items.too_long', { count: limits.newName, length }));
    if (state === 'clash' && !isDecided) return;
    if (state === 'mine' || isDecided) client.renameList(list.list_id, mine);
    onEnd(byKey);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') save(true);
    if (event.key === 'Escape') onEnd(true);
  };
  return (
    <div className="min-w-0 flex-1">
      <input
        autoFocus
        value={mine}
        aria-label={t('items.list_name')}
        aria-invalid={error !== undefined}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setMine(event.target.value);
          setError(undefined);
        }}
        onBlur={() => save(false)}
        onKeyDown={onKeyDown}
        className="w-full rounded-md border border-accent bg-surface px-1.5 py-0.5 text-lg font-semibold outline-none sm:text-xl"
      />
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      {state === 'clash' && (
        <ClashNote
          told={t('items.list_renamed_while_writing')}
          mine={mine}
          theirs={list.name}
          mineLabel={t('items.conflict.mine_field')}
          theirsLabel={t('items.conflict.theirs_field')}
          onMine={() => save(true, true)}
          onTheirs={() => onEnd(true)}
        />
      )}
    </div>
  );
}

/** Whether the list was renamed to something else by others, offline perhaps: the choice. */
export function TitleConflict({ list_id }: { list_id: string }) {
  const { t } = useTranslation();
  const { client } = useListContext();
  const conflict = useConflicts(list_id).find(({ field }) => field === 'list_name');
  if (!conflict) return null;
  return (
    <ClashNote
      told={t('items.conflict.field', { field: t('items.list_name') })}
      mine={conflict.mine?.name ?? ''}
      theirs={conflict.theirs?.name ?? ''}
      mineLabel={t('items.conflict.mine_field')}
      theirsLabel={t('items.conflict.theirs_field')}
      onMine={() => client.settleConflict(conflict.conflict_id, 'mine')}
      onTheirs={() => client.settleConflict(conflict.conflict_id, 'theirs')}
    />
  );
}
