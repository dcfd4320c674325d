import type { Item } from '@collab-todo/client';
import { useId, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ClashNote } from './clash_note';
import { isWebAddress, lengthOf, limits } from './limits';
import { useListContext } from './list_context';
import type { TextField } from './page';
import { usePersonName } from './people';
import { useDraft } from './use_draft';

const most: Record<TextField, number> = { name: limits.name, description: limits.description, media_url: limits.url };

/** A text of an item with its label: saved when one leaves it, kept while it cannot be saved, and safe from what others write. */
export function TextDraft({ item, field, isRequired = false }: { item: Item; field: TextField; isRequired?: boolean }) {
  const { t } = useTranslation();
  const { canEdit, actions } = useListContext();
  const personName = usePersonName();
  const draft = useDraft(item, field, 'texts', (text) => actions.write(item, { [field]: text === '' ? null : text }));
  const [error, setError] = useState<string>();
  const id = useId();
  const label = t(`items.fields.${field}`);

  const save = () => {
    const text = draft.text.trim();
    const length = lengthOf(text);
    if (isRequired && length === 0) setError(t('items.name_missing'));
    else if (length > most[field]) setError(t('items.too_long', { count: most[field], length }));
    else if (field === 'media_url' && text !== '' && !isWebAddress(text)) setError(t('items.not_an_address'));
    else draft.commit();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.nativeEvent.isComposing) return;
    const isEnd = event.key === 'Enter' && (field !== 'description' || event.ctrlKey || event.metaKey);
    if (!isEnd && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.blur();
  };

  if (!canEdit) {
    if (!item[field]) return null;
    return (
      <div>
        <p className="mb-1 text-sm font-medium">{label}</p>
        <p className="text-sm break-words whitespace-pre-wrap">{item[field]}</p>
      </div>
    );
  }
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        rows={field === 'description' ? 4 : 1}
        value={draft.text}
        inputMode={field === 'media_url' ? 'url' : undefined}
        placeholder={field === 'media_url' ? 'https://' : undefined}
        aria-invalid={error !== undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={(event) => {
          setError(undefined);
          draft.change(field === 'description' ? event.target.value : event.target.value.replace(/\s*\n\s*/g, ' '));
        }}
        onBlur={save}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-80 w-full resize-none rounded-lg border border-line bg-surface px-3 py-2 text-base break-words placeholder:text-muted aria-invalid:border-danger sm:text-sm"
      />
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-sm text-danger">
          {error}
        </p>
      )}
      {draft.state === 'clash' && (
        <ClashNote
          told={t('items.changed_while_writing', { name: personName(item.updated_by) })}
          mine={draft.text}
          theirs={draft.theirs || t('items.nothing')}
          mineLabel={t('items.conflict.mine_field')}
          theirsLabel={t('items.conflict.theirs_field')}
          onMine={draft.keepMine}
          onTheirs={draft.discard}
        />
      )}
    </div>
  );
}
