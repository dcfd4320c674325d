import type { Item } from '@collab-todo/client';
import { createContext, useContext, useEffect, useState } from 'react';
import { useListContext } from './list_context';

/** So long a row shows that somebody else has changed it. */
const shownMs = 2_500;

/** Up to which revision the items of a list have been seen: each on its own, and all when the page was opened. */
export class SeenRevisions {
  private readonly revs = new Map<string, number>();

  constructor(private readonly opened: number) {}

  /** Notes that an item is seen as it is. Whether it is newer than what was seen before. */
  see({ id, rev }: Item): boolean {
    const isNew = rev > (this.revs.get(id) ?? this.opened);
    if (isNew) this.revs.set(id, rev);
    return isNew;
  }
}

/** What has been seen when a list is opened. */
export function seenOf(items: readonly Item[]): SeenRevisions {
  return new SeenRevisions(items.reduce((newest, { rev }) => Math.max(newest, rev), 0));
}

export const SeenContext = createContext<SeenRevisions | null>(null);

/** Who has just changed the item, if it was somebody else; null again after a moment. */
export function useRecentEditor(item: Item): string | null {
  const seen = useContext(SeenContext);
  const { client } = useListContext();
  const [editor, setEditor] = useState<string | null>(null);
  useEffect(() => {
    if (!seen?.see(item) || item.updated_by === client.user_id) return;
    setEditor(item.updated_by);
  }, [seen, client, item]);
  useEffect(() => {
    if (editor === null) return;
    const timer = setTimeout(() => setEditor(null), shownMs);
    return () => clearTimeout(timer);
  }, [editor, item.rev]);
  return editor;
}
