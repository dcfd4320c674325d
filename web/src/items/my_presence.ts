import { useEffect } from 'react';
import { useListContext } from './list_context';
import { usePage } from './page';

/** Tells the other members that this user looks at the list, or writes in one of its items. */
export function useTellPresence(): void {
  const { client, list_id } = useListContext();
  const item_id = usePage((state) => state.writingIn);
  useEffect(() => {
    client.tellPresence(list_id, item_id === null ? { state: 'viewing' } : { state: 'editing', item_id });
  }, [client, list_id, item_id]);
  useEffect(() => () => client.tellPresence(list_id, null), [client, list_id]);
}
