import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useMedia } from '../ui/use_media';
import { DrawerDialog } from './drawer_dialog';
import { Sidebar } from './sidebar';

/** What stands around every page: the lists at the side, or on a small screen behind a button (`MenuButton`). */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const main = useRef<HTMLElement>(null);
  const isWide = useMedia('(min-width: 48rem)');
  useFocusOnNewPage(main);
  return (
    <div className="flex h-full">
      <a
        href="#main"
        className="absolute top-2 left-2 z-50 rounded-lg bg-accent px-3 py-2 text-sm font-medium text-accent-ink not-focus:sr-only"
        onClick={(event) => {
          event.preventDefault();
          focusPage(main.current);
        }}
      >
        {t('skip')}
      </a>
      {isWide ? (
        <aside aria-label={t('lists.side_bar')} className="w-72 shrink-0 border-r border-line bg-surface">
          <Sidebar />
        </aside>
      ) : (
        <DrawerDialog />
      )}
      <main id="main" ref={main} tabIndex={-1} className="min-w-0 flex-1 overflow-hidden">
        {children}
      </main>
    </div>
  );
}

// Who cannot see the page hears where they are now. A page that gives the focus to something itself is left alone.
function useFocusOnNewPage(main: React.RefObject<HTMLElement | null>): void {
  const [path] = useLocation();
  const seen = useRef(path);
  useEffect(() => {
    if (seen.current === path) return;
    seen.current = path;
    if (!main.current?.contains(document.activeElement)) focusPage(main.current);
  }, [path, main]);
}

function focusPage(main: HTMLElement | null): void {
  const heading = main?.querySelector('h1');
  if (heading) heading.tabIndex = -1;
  (heading ?? main)?.focus();
}
