import { useStatus } from '@collab-todo/react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { MenuButton } from '../lists/menu_button';

/** In place of a list that is not here: not yet, no longer, or never. */
export function MissingList({ wasHere }: { wasHere: boolean }) {
  const { t } = useTranslation();
  const isLive = useStatus().state === 'live';
  const why = wasHere ? 'taken' : isLive ? 'unknown' : 'loading';
  return (
    <div className="h-full">
      <div className="px-3 py-2">
        <MenuButton />
      </div>
      <div role="status" className="mx-auto flex max-w-sm flex-col items-center gap-3 px-6 py-16 text-center">
        <h1 className="text-lg font-medium">{t(`items.missing.${why}`)}</h1>
        {why !== 'loading' && (
          <>
            <p className="text-sm text-muted">{t(`items.missing.${why}_hint`)}</p>
            <Link href="/" className="inline-flex min-h-9 items-center rounded-lg bg-accent px-4 text-sm font-medium text-accent-ink">
              {t('items.missing.way_out')}
            </Link>
          </>
        )}
      </div>
    </div>
  );
}
