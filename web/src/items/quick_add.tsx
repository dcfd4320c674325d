import { useClient } from '@collab-todo/react';
import { Plus } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/button';
import { toast } from '../ui/toasts';
import { lengthOf, limits } from './limits';
import { useListContext } from './list_context';
import { linesOf, type NewLine } from './pasted_lines';

export const quickAddId = 'quick-add';

/** Where new items are written: Enter adds and goes on, Shift+Enter begins another line, and each line is an item. */
export function QuickAdd({ onAdded }: { onAdded: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const { actions, list_id } = useListContext();
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  const errorId = useId();
  useRefusedItems(list_id, (name) => setText((before) => (before ? `${before}\n${name}` : name)));

  const add = (lines: readonly NewLine[]): boolean => {
    const tooLong = lines.find(({ name }) => lengthOf(name) > limits.newName);
    if (tooLong) setError(t('items.too_long', { count: limits.newName, length: lengthOf(tooLong.name) }));
    if (tooLong || lines.length === 0) return false;
    setError(undefined);
    onAdded(actions.add(lines));
    if (lines.length > 1) toast({ message: t('items.added', { count: lines.length }), action: { label: t('items.undo'), run: actions.undo } });
    return true;
  };
  // A line that is typed is taken as it is; only what was pasted can have bullets of another program.
  const submit = () => {
    const lines = text.split('\n').map((line) => ({ name: line.trim(), done: false }));
    if (add(lines.filter(({ name }) => name !== ''))) setText('');
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const lines = linesOf(event.clipboardData.getData('text/plain'));
    if (lines.length < 2) return;
    event.preventDefault();
    // What stands in the field already belongs to the first line, as with every paste.
    const { selectionStart, selectionEnd } = event.currentTarget;
    const [head, tail] = [text.slice(0, selectionStart), text.slice(selectionEnd)];
    const all = lines.map((line, at) => ({ ...line, name: `${at === 0 ? head : ''}${line.name}${at === lines.length - 1 ? tail : ''}`.trim() }));
    setText(add(all) ? '' : all.map(({ name }) => name).join('\n'));
  };

  return (
    <form
      className="border-t border-line bg-surface px-3 pt-2 pb-[max(0.75rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="mx-auto flex max-w-3xl items-end gap-1 rounded-xl border border-line bg-ground pl-3 focus-within:border-accent">
        <Plus className="my-3 size-5 shrink-0 text-muted" aria-hidden />
        <textarea
          ref={field}
          id={quickAddId}
          rows={1}
          value={text}
          aria-label={t('items.new')}
          placeholder={t('items.new_placeholder')}
          aria-invalid={error !== undefined}
          aria-describedby={error ? errorId : undefined}
          enterKeyHint="done"
          onChange={(event) => {
            setText(event.target.value);
            setError(undefined);
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          className="field-sizing-content max-h-40 min-w-0 flex-1 resize-none bg-transparent px-1 py-2.5 text-base outline-none placeholder:text-muted"
        />
        <IconButton type="submit" label={t('items.add')} icon={<Plus />} disabled={text.trim() === ''} className="m-1 bg-accent! text-accent-ink! disabled:invisible" />
      </div>
      {error && (
        <p id={errorId} role="alert" className="mx-auto mt-1 max-w-3xl text-sm text-danger">
          {error}
        </p>
      )}
    </form>
  );
}

// What the server would not add comes back to where it was typed.
function useRefusedItems(list_id: string, take: (name: string) => void): void {
  const client = useClient();
  const latest = useRef(take);
  latest.current = take;
  useEffect(
    () =>
      client.on('refused', ({ change }) => {
        if (change.event === 'add_item' && change.list_id === list_id) latest.current(change.item.name);
      }),
    [client, list_id],
  );
}
