import type { Trash } from '@collab-todo/client';
import { useClient, useStatus } from '@collab-todo/react';
import { RotateCcw, Trash2 } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dateTime } from '../i18n/dates';
import { Button } from '../ui/button';
import { ErrorNote } from '../ui/error_note';
import { toast } from '../ui/toasts';
import { useAct } from '../ui/use_act';
import { PageHeader, pageRoom } from './page_header';

type DeletedLists = NonNullable<Trash['lists']>;

/** The user's deleted lists, to be brought back. */
export function TrashPage() {
  const { t } = useTranslation();
  const client = useClient();
  const isLive = useStatus().state === 'live';
  const [lists, setLists] = useState<DeletedLists | null>(null);
  const { isBusy, error, run } = useAct();
  const look = useCallback(async () => setLists((await client.trash()).lists ?? []), [client]);

  // Whenever there is a connection anew: what was deleted elsewhere is in it too.
  useEffect(() => {
    void run(look);
    // `run` is another function each time, and always does the same.
  }, [look, isLive]);

  const restore = ({ list_id, list_name }: DeletedLists[number]) => {
    client.restoreList(list_id);
    setLists((present) => present && present.filter((list) => list.list_id !== list_id));
    toast({ message: t('lists.restored', { name: list_name }) });
  };

  return (
    <div className={pageRoom}>
      <PageHeader title={t('lists.trash')} />
      <p className="mb-5 text-sm text-muted">{t('lists.trash_told')}</p>
      {!isBusy && <ErrorNote error={error} className="mb-4" />}
      {lists === null && isBusy && (
        <p role="status" className="text-sm text-muted">
          {t('loading')}
        </p>
      )}
      {lists?.length === 0 && (
        <div className="flex flex-col items-center gap-3 rounded-2xl border border-dashed border-line px-6 py-14 text-center text-muted">
          <Trash2 aria-hidden className="size-7" />
          <p>{t('lists.trash_empty')}</p>
        </div>
      )}
      {lists !== null && lists.length > 0 && (
        <ul className="divide-y divide-line rounded-2xl border border-line bg-surface">
          {lists.map((list) => (
            <li key={list.list_id} className="flex items-center gap-3 px-4 py-3">
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{list.list_name}</span>
                <span className="block text-xs text-muted">{t('lists.deleted_at', { moment: dateTime(list.deleted_at) })}</span>
              </span>
              <Button aria-label={t('lists.restore_of', { name: list.list_name })} onClick={() => restore(list)}>
                <RotateCcw aria-hidden className="size-4" />
                {t('lists.restore')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
