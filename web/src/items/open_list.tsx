import type { ListView } from '@collab-todo/client';
import { useClient } from '@collab-todo/react';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '../ui/toasts';
import { createActions } from './actions';
import { isMovable } from './arrange';
import { EmptyList } from './empty_list';
import { ItemDetails } from './item_details';
import { ItemList } from './item_list';
import { ItemTrash } from './item_trash';
import { KeyboardHelp } from './keyboard_help';
import { ListContext, type ListContextValue } from './list_context';
import { ListHeader } from './list_header';
import { TitleConflict } from './list_title';
import { LostItems } from './lost_items';
import { useTellWriting } from './my_presence';
import { createPage, PageContext, usePage, usePageStore } from './page';
import { usePageKeys } from './page_keys';
import { QuickAdd } from './quick_add';
import { SeenContext, seenOf } from './recent_changes';
import { useShownRows } from './shown_rows';
import { useMinute } from './use_minute';
import { ViewNote } from './view_menu';
import { defaultView, useViewSettings } from './view_settings';

/** A list that is here. */
export function OpenList({ list }: { list: ListView }) {
  const { t } = useTranslation();
  const client = useClient();
  const { list_id, members, owner_id } = list;
  const [page] = useState(createPage);
  const [seen] = useState(() => seenOf(list.items));
  const [settings] = useViewSettings(list_id);
  const now = useMinute();
  const canEdit = list.role !== 'viewer';

  const latest = useRef(settings);
  latest.current = settings;
  const actions = useMemo(() => {
    const whyNotMovable = () => (isMovable({ ...latest.current, query: page.getState().query }) ? null : t('items.not_movable'));
    return createActions({ client, list_id, page, t, whyNotMovable });
  }, [client, list_id, page, t]);
  const context = useMemo(
    (): ListContextValue => ({ client, list_id, canEdit, members, owner_id, actions, now }),
    [client, list_id, canEdit, members, owner_id, actions, now],
  );
  return (
    <PageContext value={page}>
      <ListContext value={context}>
        <SeenContext value={seen}>
          <Page list={list} now={now} />
        </SeenContext>
      </ListContext>
    </PageContext>
  );
}

function Page({ list, now }: { list: ListView; now: Date }) {
  const { t } = useTranslation();
  const client = useClient();
  const page = usePageStore();
  const { list_id } = list;
  const [settings, change] = useViewSettings(list_id);
  const { rows, deleted, query } = useShownRows(list, settings, { now, user_id: client.user_id });
  const dialog = usePage((state) => state.dialog);
  const announcement = usePage((state) => state.announcement);
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const canMove = isMovable({ ...settings, query });
  const close = () => page.setState({ dialog: null });
  usePageKeys();
  useTellWriting();

  const showAdded = (ids: string[]) => {
    const last = ids.at(-1);
    if (last !== undefined) page.setState({ activeId: last, shown: last });
    if (settings.filter !== 'all' || query) {
      const showAll = () => {
        change({ filter: defaultView.filter });
        page.setState({ query: '' });
      };
      toast({ message: t('items.added_hidden'), action: { label: t('items.show_everything'), run: showAll } });
    }
  };
  const why = list.items.length === 0 ? 'empty' : query || settings.filter !== 'all' ? 'no_hits' : 'all_done';

  return (
    <div className="flex h-full">
      <div className="flex min-w-0 flex-1 flex-col">
        <ListHeader list={list} />
        <div ref={setScroller} className="relative min-h-0 flex-1 overflow-y-auto overscroll-contain">
          <div className="mx-auto max-w-3xl px-4 pt-1 empty:hidden">
            <TitleConflict list_id={list_id} />
            <LostItems list={list} />
          </div>
          <ViewNote list_id={list_id} shown={rows.open.length + rows.done.length} />
          {rows.open.length === 0 && (rows.done.length === 0 || settings.filter !== 'done') && <EmptyList why={why} />}
          <div className="py-2">
            <ItemList
              list={list}
              rows={rows}
              isMovable={canMove}
              deleted={deleted}
              onFold={() => change({ isUnfolded: !settings.isUnfolded })}
              scroller={scroller}
            />
          </div>
        </div>
        {list.role !== 'viewer' && <QuickAdd onAdded={showAdded} />}
      </div>
      <OpenDetails list={list} isMovable={canMove} />
      {dialog === 'trash' && <ItemTrash onClose={close} />}
      {dialog === 'keys' && <KeyboardHelp onClose={close} />}
      <p role="status" className="sr-only">
        {announcement}
      </p>
    </div>
  );
}

// The details of the item that is open; when others delete it, as it was last.
function OpenDetails({ list, isMovable }: { list: ListView; isMovable: boolean }) {
  const openId = usePage((state) => state.openId);
  const present = openId === null ? undefined : list.items.find(({ id }) => id === openId);
  const last = useRef(present);
  if (present) last.current = present;
  const item = present ?? (last.current?.id === openId ? last.current : undefined);
  if (!item) return null;
  return <ItemDetails key={item.id} item={item} isDeleted={!present} isMovable={isMovable} />;
}
