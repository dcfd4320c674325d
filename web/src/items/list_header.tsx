import type { ListView } from '@collab-todo/client';
import { useStatus } from '@collab-todo/react';
import { MenuButton } from '../lists/menu_button';
import { ShareButton } from '../lists/share_button';
import { StatusBadge } from '../status/status_badge';
import { ListMenu } from './list_menu';
import { ListTitle } from './list_title';
import { People } from './people_row';
import { ViewMenu } from './view_menu';
import { SearchField } from './search_field';

/** What stands above the items: what the list is called, who is here, and what can be done with all of it. */
export function ListHeader({ list }: { list: ListView }) {
  return (
    <header className="border-b border-line bg-surface px-3 py-2">
      <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-2 gap-y-1">
        <div className="flex min-w-40 flex-1 items-center gap-1">
          <MenuButton />
          <ListTitle list={list} />
        </div>
        <People list={list} />
        <ShareButton list_id={list.list_id} />
        <div className="flex items-center max-sm:w-full">
          <SearchField />
          <ViewMenu list_id={list.list_id} isShared={list.members.length > 1} />
          <ListMenu />
        </div>
      </div>
      <OfflineLine />
    </header>
  );
}

// On a small screen the lists, and with them the status, are out of sight; that there is no connection is said here.
function OfflineLine() {
  const { state } = useStatus();
  if (state === 'live') return null;
  return (
    <div className="mt-1 px-2 md:hidden">
      <StatusBadge />
    </div>
  );
}
