import type { Item } from '@collab-todo/client';
import { draftState, type DraftState } from './draft';
import { useListContext } from './list_context';
import { usePage, usePageStore, without, type Draft, type TextField } from './page';

export interface DraftHandle {
  /** What the field shows. */
  text: string;
  /** What is there for everybody, as it is now. */
  theirs: string;
  state: DraftState;
  change: (text: string) => void;
  /** Saves what was written; false if others have changed the same meanwhile, and it is left to be decided. */
  commit: () => boolean;
  /** Saves it whatever others have written. */
  keepMine: () => void;
  /** Gives it up. */
  discard: () => void;
}

/**
 * What somebody writes in a field of an item, in its row or in its details. Others' changes never touch it; they are told by `state` and
 * `theirs`.
 */
export function useDraft(item: Item, field: TextField, group: 'names' | 'texts', save: (text: string) => void): DraftHandle {
  const page = usePageStore();
  const { canEdit } = useListContext();
  const key = group === 'names' ? item.id : `${item.id}/${field}`;
  const draft = usePage((state) => state[group][key]);
  const theirs = item[field] ?? '';
  const state = draft ? draftState(draft.base, theirs, draft.mine.trim()) : 'same';
  const keep = (next: Draft) => page.setState((before) => ({ [group]: { ...before[group], [key]: next } }));
  const discard = () => page.setState((before) => ({ [group]: without(before[group], key) }));
  const keepMine = () => {
    discard();
    if (draft && canEdit) save(draft.mine.trim());
  };
  return {
    text: draft?.mine ?? theirs,
    theirs,
    state,
    change: (mine) => keep(draft ? { ...draft, mine } : { item, field, base: theirs, mine }),
    commit: () => {
      if (state === 'clash') return false;
      if (state === 'mine') keepMine();
      else discard();
      return true;
    },
    keepMine,
    discard,
  };
}
