import { useEffect } from 'react';
import { areLettersOn } from './letter_keys';
import { useListContext } from './list_context';
import { usePageStore } from './page';
import { quickAddId } from './quick_add';
import { searchId } from './search_field';

/** What keys do wherever the focus is in the page, except in a field, a menu or a dialog. */
export function usePageKeys(): void {
  const page = usePageStore();
  const { actions, canEdit } = useListContext();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey || isTaken(event.target)) return;
      const run = event.ctrlKey || event.metaKey ? commandOf(event) : letterOf(event);
      if (!run) return;
      event.preventDefault();
      run();
    };
    const commandOf = ({ key, shiftKey, ctrlKey }: KeyboardEvent): (() => void) | undefined => {
      if (!canEdit) return undefined;
      if (key.toLowerCase() === 'z') return shiftKey ? actions.redo : actions.undo;
      return ctrlKey && key === 'y' ? actions.redo : undefined;
    };
    const letterOf = ({ key }: KeyboardEvent): (() => void) | undefined => {
      if (key === 'Escape') return page.getState().openId === null ? undefined : () => actions.openDetails(null);
      if (!areLettersOn()) return undefined;
      switch (key) {
        case '?': return () => page.setState({ dialog: 'keys' });
        case '/': return () => document.getElementById(searchId)?.focus();
        case 'n':
        case 'a': return canEdit ? () => document.getElementById(quickAddId)?.focus() : undefined;
        case 'j': return () => actions.go(1);
        case 'k': return () => actions.go(-1);
        default: return undefined;
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [page, actions, canEdit]);
}

function isTaken(target: EventTarget | null): boolean {
  const element = target instanceof Element ? target : null;
  return element?.closest('input:not([type=checkbox], [type=radio]), textarea, select, dialog, [role=menu], [contenteditable]') != null;
}
