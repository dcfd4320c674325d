import { useClient, useList } from '@collab-todo/react';
import { useEffect } from 'react';
import { ListPage } from '../items/list_page';
import { useTitle } from '../ui/title';
import { rememberLastList } from './last_list';

/** The page of a list, and what being there means: its name is the page's, its members see who is there, and the app begins here next time. */
export function ListRoute({ list_id }: { list_id: string }) {
  const list = useList(list_id);
  useTitle(list?.name);
  useEffect(() => {
    if (list) rememberLastList(list_id);
  }, [list_id, list !== null]);
  useTellPresence(list_id);
  return <ListPage key={list_id} list_id={list_id} />;
}

// A tab that nobody looks at is nowhere.
function useTellPresence(list_id: string): void {
  const client = useClient();
  useEffect(() => {
    const tell = () => client.tellPresence(list_id, document.hidden ? null : { state: 'viewing' });
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => {
      document.removeEventListener('visibilitychange', tell);
      client.tellPresence(list_id, null);
    };
  }, [client, list_id]);
}
