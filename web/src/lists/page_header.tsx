import { useTitle } from '../ui/title';
import { MenuButton } from './menu_button';

/** The top of a page that is no list: its name, and on a small screen the way to the lists. */
export function PageHeader({ title }: { title: string }) {
  useTitle(title);
  return (
    <header className="mb-6 flex items-center gap-2 max-md:-ml-2">
      <MenuButton />
      <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
    </header>
  );
}

/** The room of such a page. */
export const pageRoom = 'mx-auto h-full max-w-2xl overflow-y-auto px-4 py-4 md:px-8 md:py-8';
