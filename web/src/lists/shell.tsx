import type { ReactNode } from 'react';
import { Sidebar } from './sidebar';

/** What stands around every page: the lists at the side, or on a phone behind a button. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <div className="flex h-full">
      <Sidebar />
      <main className="min-w-0 flex-1 overflow-hidden">{children}</main>
    </div>
  );
}
