import type { Item } from '@collab-todo/client';
import { RequestError } from '@collab-todo/client';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { useListContext } from './list_context';
import { usePersonName } from './people';

type State = { is: 'loading' } | { is: 'failed'; message: string } | { is: 'there'; items: readonly Item[] };

/** The deleted items of the list, each with the way back. */
export function ItemTrash({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { client, list_id } = useListContext();
  const [state, setState] = useState<State>({ is: 'loading' });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isWanted = true;
    const show = (next: State) => {
      if (isWanted) setState(next);
    };
    show({ is: 'loading' });
    client.trash(list_id).then(
      ({ items }) => show({ is: 'there', items: [...(items ?? [])].sort((a, b) => b.rev - a.rev) }),
      (error: unknown) => {
        const isOffline = !(error instanceof RequestError) || error.code === 'offline';
        show({ is: 'failed', message: isOffline ? t('items.trash.offline') : t('items.trash.failed') });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [client, list_id, attempt, t]);

  const restore = (item: Item) => {
    client.restoreItem(item);
    if (state.is === 'there') setState({ is: 'there', items: state.items.filter(({ id }) => id !== item.id) });
  };
  return (
    <Dialog title={t('items.trash.title')} onClose={onClose}>
      <div aria-live="polite" className="min-h-24">
        {state.is === 'loading' && <p className="text-sm text-muted">{t('items.trash.loading')}</p>}
        {state.is === 'failed' && (
          <div className="space-y-3 text-sm">
            <p className="text-danger">{state.message}</p>
            <Button onClick={() => setAttempt(attempt + 1)}>{t('items.trash.again')}</Button>
          </div>
        )}
        {state.is === 'there' && state.items.length === 0 && <p className="text-sm text-muted">{t('items.trash.empty')}</p>}
        {state.is === 'there' && state.items.length > 0 && (
          <>
            <p className="mb-2 text-sm text-muted">{t('items.trash.about')}</p>
            <ul className="max-h-[60dvh] divide-y divide-line overflow-y-auto">
              {state.items.map((item) => (
                <DeletedItem key={item.id} item={item} onRestore={() => restore(item)} />
              ))}
            </ul>
          </>
        )}
      </div>
    </Dialog>
  );
}

function DeletedItem({ item, onRestore }: { item: Item; onRestore: () => void }) {
  const { t, i18n } = useTranslation();
  const personName = usePersonName();
  const when = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(item.updated_at));
  return (
    <li className="flex items-center gap-3 py-2 [content-visibility:auto]">
      <div className="min-w-0 flex-1">
        <p className="text-sm break-words">{item.name}</p>
        <p className="text-xs text-muted">{t('items.trash.deleted_by', { name: personName(item.updated_by), when })}</p>
      </div>
      <Button aria-label={t('items.trash.restore_item', { name: item.name })} onClick={onRestore}>
        {t('items.trash.restore')}
      </Button>
    </li>
  );
}
