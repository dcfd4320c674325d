import { useLists, useStatus } from '@collab-todo/react';
import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useRoute } from 'wouter';
import { useSession } from '../session/session';
import { StatusBadge } from '../status/status_badge';
import { Avatar } from '../ui/avatar';
import { Logo } from '../ui/logo';
import { ListRow } from './list_row';
import { NewList } from './new_list';

/** All lists, the way to the other pages, and how the connection is. */
export function Sidebar() {
  const { t } = useTranslation();
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-14 items-center px-4 pt-2">
        <Link href="/" className="flex items-center gap-2.5 rounded-lg font-semibold tracking-tight">
          <Logo className="size-7" />
          collab-todo
        </Link>
      </div>
      <Lists />
      <div className="space-y-0.5 border-t border-line p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
        <PageLink href="/trash">
          <span className="flex size-5.5 items-center justify-center">
            <Trash2 aria-hidden className="size-4 text-muted" />
          </span>
          {t('lists.trash')}
        </PageLink>
        <AccountLink />
        <div className="px-2.5 py-1.5">
          <StatusBadge />
        </div>
      </div>
    </div>
  );
}

function Lists() {
  const { t } = useTranslation();
  const lists = useLists();
  const isLive = useStatus().state === 'live';
  return (
    <nav aria-label={t('lists.title')} className="min-h-0 flex-1 overflow-y-auto px-2 py-2">
      <h2 className="px-2.5 py-1.5 text-xs font-semibold tracking-wide text-muted uppercase">{t('lists.title')}</h2>
      <ul className="space-y-0.5">
        {lists.map((list) => (
          <ListRow key={list.list_id} list={list} />
        ))}
      </ul>
      {lists.length === 0 && <p className="px-2.5 py-2 text-sm text-muted">{t(isLive ? 'lists.none' : 'lists.loading')}</p>}
      <NewList />
    </nav>
  );
}

function AccountLink() {
  const { t } = useTranslation();
  const user = useSession((session) => session.user);
  if (!user) return null;
  const name = user.name ?? user.email ?? t('account.title');
  return (
    <PageLink href="/account">
      <span aria-hidden className="flex">
        <Avatar user_id={user.user_id} name={name} size="small" />
      </span>
      <span className="min-w-0 truncate">{name}</span>
      <span className="sr-only">{t('account.title')}</span>
    </PageLink>
  );
}

function PageLink({ href, children }: { href: string; children: React.ReactNode }) {
  const [isOpen] = useRoute(href);
  return (
    <Link
      href={href}
      aria-current={isOpen ? 'page' : undefined}
      className="flex min-h-10 items-center gap-2.5 rounded-lg px-2.5 text-sm hover:bg-raised aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium"
    >
      {children}
    </Link>
  );
}
