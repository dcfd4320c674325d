import * as Ariakit from '@ariakit/react';
import { MoreHorizontal } from 'lucide-react';
import { useContext, useRef, type ReactNode } from 'react';
import { IsInDialog } from './modal';

export interface MenuEntry {
  label: string;
  icon?: ReactNode;
  /** The keys that do the same, to be learnt from here. */
  keys?: string;
  isDangerous?: boolean;
  run: () => void;
}

/** A button with three dots, or another icon, that opens a menu. */
export function Menu({ label, icon, entries }: { label: string; icon?: ReactNode; entries: readonly MenuEntry[] }) {
  const button = useRef<HTMLButtonElement>(null);
  // A dialog that is opened gives the focus back to who had it: the button, as the menu will be gone.
  const choose = ({ run }: MenuEntry) => {
    button.current?.focus();
    run();
  };
  return (
    <Ariakit.MenuProvider placement="bottom-end">
      <Ariakit.MenuButton
        ref={button}
        aria-label={label}
        title={label}
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-muted transition hover:bg-raised hover:text-ink aria-expanded:bg-raised [&_svg]:size-4.5"
      >
        {icon ?? <MoreHorizontal />}
      </Ariakit.MenuButton>
      <Ariakit.Menu
        gutter={4}
        portal={!useContext(IsInDialog)}
        fixed
        unmountOnHide
        aria-label={label}
        className="z-40 min-w-44 rounded-xl border border-line bg-surface p-1 text-sm text-ink shadow-lg outline-none"
      >
        {entries.map((entry) => (
          <Ariakit.MenuItem
            key={entry.label}
            onClick={() => choose(entry)}
            className={`flex cursor-default items-center gap-2.5 rounded-lg px-3 py-2 outline-none data-active-item:bg-raised [&_svg]:size-4 ${entry.isDangerous ? 'text-danger' : '[&_svg]:text-muted'}`}
          >
            {entry.icon}
            <span className="flex-1">{entry.label}</span>
            {entry.keys && <kbd className="pl-4 font-sans text-xs text-muted pointer-coarse:hidden">{entry.keys}</kbd>}
          </Ariakit.MenuItem>
        ))}
      </Ariakit.Menu>
    </Ariakit.MenuProvider>
  );
}
