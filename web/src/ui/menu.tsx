import * as Ariakit from '@ariakit/react';
import { MoreHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';

export interface MenuEntry {
  label: string;
  icon?: ReactNode;
  isDangerous?: boolean;
  run: () => void;
}

/** A button with three dots, or another icon, that opens a menu. */
export function Menu({ label, icon, entries }: { label: string; icon?: ReactNode; entries: readonly MenuEntry[] }) {
  return (
    <Ariakit.MenuProvider>
      <Ariakit.MenuButton
        aria-label={label}
        title={label}
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-muted transition hover:bg-raised hover:text-ink [&_svg]:size-4.5"
      >
        {icon ?? <MoreHorizontal />}
      </Ariakit.MenuButton>
      <Ariakit.Menu
        gutter={4}
        portal
        aria-label={label}
        className="z-40 min-w-44 rounded-xl border border-line bg-surface p-1 text-sm text-ink shadow-lg outline-none"
      >
        {entries.map((entry) => (
          <Ariakit.MenuItem
            key={entry.label}
            onClick={entry.run}
            className={`flex cursor-default items-center gap-2 rounded-lg px-3 py-2 data-active-item:bg-raised [&_svg]:size-4 ${entry.isDangerous ? 'text-danger' : ''}`}
          >
            {entry.icon}
            {entry.label}
          </Ariakit.MenuItem>
        ))}
      </Ariakit.Menu>
    </Ariakit.MenuProvider>
  );
}
