import { useEffect, useRef } from 'react';
import { useListContext } from './list_context';
import { usePage } from './page';

/** Tells the other members in which item this user writes, and when that is over. That the list is looked at is told by its route. */
export function useTellWriting(): void {
  const { client, list_id } = useListContext();
  const item_id = usePage((state) => state.writingIn);
  const wasTold = useRef(false);
  useEffect(() => {
    if (item_id !== null) client.tellPresence(list_id, { state: 'editing', item_id });
    else if (wasTold.current) client.tellPresence(list_id, { state: 'viewing' });
    wasTold.current = item_id !== null;
  }, [client, list_id, item_id]);
}
