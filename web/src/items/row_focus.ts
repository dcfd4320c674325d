import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';
import { usePage, type Control, type Page } from './page';

/**
 * Gives a row the focus that is wanted for it, and gives the current row the focus back that the browser drops when a row goes away or is put
 * elsewhere.
 */
export function useRowFocus(page: Page, container: RefObject<HTMLElement | null>, show: (id: string) => void): void {
  const wanted = usePage((state) => state.focusWanted);
  const shown = usePage((state) => state.shown);
  const last = useRef<Control | null>(null);

  useEffect(() => {
    if (shown === null) return;
    show(shown);
    page.setState({ shown: null });
  }, [page, shown, show]);

  useLayoutEffect(() => {
    if (!wanted) return;
    show(wanted.id);
    if (focus(container.current, wanted.id, wanted.control)) page.setState({ focusWanted: null });
  });

  useLayoutEffect(() => {
    const { activeId } = page.getState();
    if (last.current === null || activeId === null || document.activeElement !== document.body) return;
    focus(container.current, activeId, last.current);
  });

  useLayoutEffect(() => {
    const note = () => {
      const focused = document.activeElement;
      if (focused === document.body) return;
      last.current = container.current?.contains(focused) ? ((focused as HTMLElement).dataset['control'] as Control) ?? null : null;
    };
    const forget = () => (last.current = null);
    document.addEventListener('focusin', note);
    document.addEventListener('pointerdown', forget);
    return () => {
      document.removeEventListener('focusin', note);
      document.removeEventListener('pointerdown', forget);
    };
  }, [container]);
}

function focus(container: HTMLElement | null, id: string, control: Control): boolean {
  const row = container?.querySelector(`[data-row="${CSS.escape(id)}"]`);
  const find = (name: string) => row?.querySelector<HTMLElement>(`[data-control="${name}"]:not(:disabled)`);
  const target = find(control) ?? find('check') ?? find('name');
  target?.focus({ preventScroll: true });
  return target !== undefined && target !== null;
}
