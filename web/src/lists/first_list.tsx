import { useLists, useStatus } from '@collab-todo/react';
import { useTranslation } from 'react-i18next';
import { Redirect } from 'wouter';
import { lastList } from './last_list';
import { NewList } from './new_list';
import { PageHeader, pageRoom } from './page_header';

/** The page `/`: goes to the list that was open last, else to the first one. */
export function FirstList() {
  const { t } = useTranslation();
  const lists = useLists();
  const isLive = useStatus().state === 'live';
  const last = lastList();
  const list = lists.find(({ list_id }) => list_id === last) ?? lists[0];
  if (list) return <Redirect to={`/list/${list.list_id}`} replace />;
  return (
    <div className={pageRoom}>
      <PageHeader title={t('lists.title')} />
      <p className="mb-4 max-w-prose text-muted">{t(isLive ? 'lists.none_told' : 'lists.loading')}</p>
      {isLive && (
        <div className="max-w-xs">
          <NewList />
        </div>
      )}
    </div>
  );
}
