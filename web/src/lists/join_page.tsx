import { useClient } from '@collab-todo/react';
import { Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { useSession } from '../session/session';
import { Button } from '../ui/button';
import { ErrorNote } from '../ui/error_note';
import { useAct } from '../ui/use_act';
import { PageHeader, pageRoom } from './page_header';

/** Where a share link leads: says what will happen, and does it when asked to. */
export function JoinPage({ code }: { code: string }) {
  const { t } = useTranslation();
  const { sharing } = useClient();
  const [, navigate] = useLocation();
  const user = useSession((session) => session.user);
  const { isBusy, error, run } = useAct();
  const accept = () =>
    run(async () => {
      const list_id = await sharing.acceptLink(code);
      navigate(list_id ? `/list/${list_id}` : '/', { replace: true });
    });
  return (
    <div className={pageRoom}>
      <PageHeader title={t('sharing.join_title')} />
      <div className="max-w-md rounded-2xl border border-line bg-surface p-6">
        <span className="mb-4 flex size-11 items-center justify-center rounded-full bg-accent-soft text-accent">
          <Users aria-hidden className="size-5" />
        </span>
        <p className="mb-2">{t('sharing.join_told')}</p>
        <p className="mb-5 text-sm text-muted">{t('sharing.join_as', { name: user?.name ?? user?.email ?? '' })}</p>
        <ErrorNote error={error} className="mb-4" />
        <div className="flex flex-wrap gap-2">
          <Button look="primary" disabled={isBusy} onClick={() => void accept()} className="min-h-10">
            {t(isBusy ? 'sharing.joining' : 'sharing.join')}
          </Button>
          <Link href="/" className="inline-flex min-h-10 items-center rounded-lg px-3 text-sm font-medium hover:bg-raised">
            {t('sharing.join_not')}
          </Link>
        </div>
      </div>
    </div>
  );
}
