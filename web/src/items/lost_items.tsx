import type { ListView } from '@collab-todo/client';
import { useConflicts } from '@collab-todo/react';
import { ConflictNote } from './conflict_note';

/** Conflicts about items that are no longer in the list: one changed what somebody else deleted. */
export function LostItems({ list }: { list: ListView }) {
  const conflicts = useConflicts(list.list_id).filter(({ item_id }) => item_id && !list.items.some(({ id }) => id === item_id));
  return conflicts.map((conflict) => <ConflictNote key={conflict.conflict_id} conflict={conflict} />);
}
