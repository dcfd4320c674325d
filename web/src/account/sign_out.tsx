import { LogOut, MonitorX } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { signOut, unsentCount } from '../session/session';
import { Button } from '../ui/button';
import { ConfirmDialog } from '../ui/confirm_dialog';
import { ErrorNote } from '../ui/error_note';
import { useAct } from '../ui/use_act';

/** The ways out: of this browser, and of all. It asks where something would be left behind. */
export function SignOut() {
  const { t } = useTranslation();
  const { isBusy, error, run } = useAct();
  const [asked, setAsked] = useState<{ how: 'here' | 'everywhere'; unsent: number } | null>(null);
  const leave = (how: 'here' | 'everywhere') =>
    run(async () => {
      const unsent = await unsentCount();
      if (how === 'here' && unsent === 0) await signOut();
      else setAsked({ how, unsent });
    });
  const words = asked?.how === 'everywhere' ? 'account.sign_out_everywhere' : 'account.sign_out';
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button disabled={isBusy} onClick={() => void leave('here')}>
          <LogOut aria-hidden className="size-4" />
          {t('account.sign_out')}
        </Button>
        <Button look="danger" disabled={isBusy} onClick={() => void leave('everywhere')}>
          <MonitorX aria-hidden className="size-4" />
          {t('account.sign_out_everywhere')}
        </Button>
      </div>
      <ErrorNote error={error} className="mt-3" />
      {asked && (
        <ConfirmDialog title={t(`${words}_title`)} action={t(words)} isDangerous act={() => signOut(asked.how)} onClose={() => setAsked(null)}>
          {asked.how === 'everywhere' && <p>{t('account.sign_out_everywhere_asked')}</p>}
          {asked.unsent > 0 && (
            <p className="rounded-lg bg-warning-soft px-3 py-2 text-warning">{t('account.unsent', { count: asked.unsent })}</p>
          )}
        </ConfirmDialog>
      )}
    </>
  );
}
