import * as Ariakit from '@ariakit/react';
import { Check, SlidersHorizontal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';
import { filters, sorts } from './arrange';
import { usePage, usePageStore } from './page';
import { defaultView, useViewSettings } from './view_settings';

const entryLook = 'flex cursor-default items-center gap-2 rounded-lg px-3 py-1.5 data-active-item:bg-raised';

/** The menu that chooses what is shown of a list, and in which order. */
export function ViewMenu({ list_id, isShared }: { list_id: string; isShared: boolean }) {
  const { t } = useTranslation();
  const [{ filter, sort }, change] = useViewSettings(list_id);
  const isOwn = filter === defaultView.filter && sort === defaultView.sort;
  return (
    <Ariakit.MenuProvider values={{ filter, sort }} setValues={(values) => change(values as { filter: typeof filter; sort: typeof sort })}>
      <Ariakit.MenuButton
        aria-label={t('items.view')}
        title={t('items.view')}
        className={`ml-1 inline-flex size-9 shrink-0 items-center justify-center rounded-lg hover:bg-raised ${isOwn ? 'text-muted' : 'bg-accent-soft text-accent'}`}
      >
        <SlidersHorizontal className="size-4.5" aria-hidden />
      </Ariakit.MenuButton>
      <Ariakit.Menu
        gutter={4}
        portal
        preserveTabOrder={false}
        aria-label={t('items.view')}
        className="z-40 min-w-52 rounded-xl border border-line bg-surface p-1 text-sm text-ink shadow-lg outline-none"
      >
        <Ariakit.MenuGroup>
          <Ariakit.MenuGroupLabel className="px-3 pt-1 pb-0.5 text-xs font-medium text-muted">{t('items.show')}</Ariakit.MenuGroupLabel>
          {filters.map((name) =>
            name === 'mine' && !isShared && filter !== 'mine' ? null : (
              <Ariakit.MenuItemRadio key={name} name="filter" value={name} className={entryLook}>
                <Ariakit.MenuItemCheck className="size-4">{filter === name && <Check className="size-4" />}</Ariakit.MenuItemCheck>
                {t(`items.filters.${name}`)}
              </Ariakit.MenuItemRadio>
            ),
          )}
        </Ariakit.MenuGroup>
        <Ariakit.MenuSeparator className="my-1 border-line" />
        <Ariakit.MenuGroup>
          <Ariakit.MenuGroupLabel className="px-3 pt-1 pb-0.5 text-xs font-medium text-muted">{t('items.sort')}</Ariakit.MenuGroupLabel>
          {sorts.map((name) => (
            <Ariakit.MenuItemRadio key={name} name="sort" value={name} className={entryLook}>
              <Ariakit.MenuItemCheck className="size-4">{sort === name && <Check className="size-4" />}</Ariakit.MenuItemCheck>
              {t(`items.sorts.${name}`)}
            </Ariakit.MenuItemRadio>
          ))}
        </Ariakit.MenuGroup>
      </Ariakit.Menu>
    </Ariakit.MenuProvider>
  );
}

/** Tells that not everything is shown, or not in its own order, with the way back. */
export function ViewNote({ list_id, shown }: { list_id: string; shown: number }) {
  const { t } = useTranslation();
  const page = usePageStore();
  const query = usePage((state) => state.query.trim());
  const [{ filter, sort }, change] = useViewSettings(list_id);
  if (filter === defaultView.filter && sort === defaultView.sort && !query) return null;
  const parts = [
    filter !== defaultView.filter && t(`items.filters.${filter}`),
    query && t('items.hits', { count: shown }),
    sort !== defaultView.sort && t('items.sorted_by', { by: t(`items.sorts.${sort}`) }),
  ].filter(Boolean);
  return (
    <div className="mx-auto flex w-full max-w-3xl items-center gap-2 px-4 pt-2 text-sm text-muted">
      <span role="status">{parts.join(' · ')}</span>
      <Button
        look="quiet"
        className="text-accent"
        onClick={() => {
          change({ filter: defaultView.filter, sort: defaultView.sort });
          page.setState({ query: '' });
        }}
      >
        {t('items.show_everything')}
      </Button>
    </div>
  );
}
