import { useEffect } from 'react';

/** Names the page in the browser's tab, its history and for screen readers. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · collab-todo` : 'collab-todo';
  }, [title]);
}
