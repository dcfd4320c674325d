import type { Client } from '@collab-todo/client';
import { useCallback, type KeyboardEvent } from 'react';
import { areLettersOn } from './letter_keys';
import { useListContext } from './list_context';
import type { Control } from './page';

/** What keys do on a row. Keys with Ctrl or Cmd are the page's, and fields keep theirs. */
export function useRowKeys(client: Client, list_id: string): (event: KeyboardEvent) => void {
  const { actions, canEdit } = useListContext();
  return useCallback((event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || target.closest('textarea, [role=menu], [aria-pressed]')) return;
    const id = target.closest<HTMLElement>('[data-row]')?.dataset['row'];
    const item = id === undefined ? undefined : client.item(list_id, id);
    const control = target.dataset['control'] as Control | undefined;
    const isOnName = control === 'check' || control === 'name';

    const run = (): boolean => {
      if (event.altKey) {
        if (!canEdit || !item || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return false;
        actions.moveBy(item, event.key === 'ArrowUp' ? -1 : 1);
        return true;
      }
      switch (event.key) {
        case 'ArrowDown': actions.go(1, control); return true;
        case 'ArrowUp': actions.go(-1, control); return true;
        case 'Home': actions.go(-Infinity, control); return true;
        case 'End': actions.go(Infinity, control); return true;
        case 'PageDown': actions.go(10, control); return true;
        case 'PageUp': actions.go(-10, control); return true;
      }
      if (!item) return false;
      if (event.key === 'o' && areLettersOn()) {
        actions.openDetails(item.id);
        return true;
      }
      if (!canEdit) return false;
      if (event.key === 'F2' || (event.key === 'Enter' && isOnName)) actions.startName(item);
      else if (event.key === 'Delete' || event.key === 'Backspace') actions.remove(item);
      else return false;
      return true;
    };
    if (run()) event.preventDefault();
  }, [actions, canEdit, client, list_id]);
}
