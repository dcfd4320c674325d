import { useEffect, useRef, type ReactNode } from 'react';
import { LanguageSelect } from '../i18n/language_select';
import { Logo } from '../ui/logo';
import { useTitle } from '../ui/title';

/** What stands around the forms of somebody who is not signed in. `below` leads elsewhere. */
export function Entrance({ title, children, below }: { title: string; children: ReactNode; below?: ReactNode }) {
  useTitle(title);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!document.activeElement || document.activeElement === document.body) heading.current?.focus();
  }, [title]);
  return (
    <div className="flex min-h-full flex-col items-center px-4 py-8 sm:justify-center">
      <main className="w-full max-w-sm">
        <p className="mb-6 flex items-center justify-center gap-2.5 text-lg font-semibold tracking-tight">
          <Logo />
          collab-todo
        </p>
        <div className="rounded-2xl border border-line bg-surface p-6 shadow-sm sm:p-8">
          <h1 ref={heading} tabIndex={-1} className="mb-5 text-xl font-semibold">
            {title}
          </h1>
          {children}
        </div>
        {below && <p className="mt-5 text-center text-sm text-muted">{below}</p>}
      </main>
      <footer className="mt-8">
        <LanguageSelect />
      </footer>
    </div>
  );
}
