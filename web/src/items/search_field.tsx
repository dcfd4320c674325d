import { Search, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/button';
import { usePage, usePageStore } from './page';

export const searchId = 'search-items';

/** Searches the list while one types. */
export function SearchField() {
  const { t } = useTranslation();
  const page = usePageStore();
  const query = usePage((state) => state.query);
  const clear = () => page.setState({ query: '' });
  return (
    <div role="search" className="flex min-w-0 flex-1 items-center rounded-lg border border-line bg-ground focus-within:border-accent">
      <Search className="ml-2 size-4 shrink-0 text-muted" aria-hidden />
      <input
        id={searchId}
        value={query}
        aria-label={t('items.search')}
        placeholder={t('items.search')}
        autoComplete="off"
        enterKeyHint="search"
        onChange={(event) => page.setState({ query: event.target.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          clear();
          event.currentTarget.blur();
        }}
        className="h-8.5 w-full min-w-0 bg-transparent px-2 text-base outline-none placeholder:text-muted sm:w-32 sm:text-sm sm:focus:w-48"
      />
      {query && <IconButton label={t('items.clear_search')} icon={<X />} onClick={clear} className="size-8!" />}
    </div>
  );
}
