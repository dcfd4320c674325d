import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Button } from '../ui/button';
import { Form, textOf } from '../ui/form';
import { PasswordField, TextField } from '../ui/text_field';
import { checkEmail, checkFilled, faultsOf } from './checks';
import { Entrance } from './entrance';
import { useNext, withNext } from './next';
import { signIn, useSession } from './session';

/** The form to sign in. It says so if the server has ended the login before. */
export function SignInPage() {
  const { t } = useTranslation();
  const next = useNext();
  const last = useSession((session) => session.last);
  const expired = last?.hasExpired ? last.user : null;
  const below = (
    <>
      {t('session.no_account')}{' '}
      <Link href={withNext('/register', next)} className="font-medium text-accent underline underline-offset-4">
        {t('session.register')}
      </Link>
    </>
  );
  return (
    <Entrance title={t('session.sign_in')} below={below}>
      {expired && (
        <p role="status" className="mb-5 rounded-lg bg-warning-soft px-3 py-2 text-sm text-warning">
          {t('session.expired')}
        </p>
      )}
      {next.startsWith('/join/') && <p className="mb-5 text-sm text-muted">{t('session.invited')}</p>}
      <Form
        className="space-y-4"
        check={(data) => faultsOf(data, { email: checkEmail, password: checkFilled })}
        act={(data) => signIn(textOf(data, 'email'), String(data.get('password')))}
      >
        {({ faults, isBusy }) => (
          <>
            <TextField
              label={t('session.email')}
              name="email"
              type="email"
              autoComplete="username"
              defaultValue={expired?.email ?? ''}
              error={faults['email']}
            />
            <PasswordField label={t('session.password')} name="password" autoComplete="current-password" error={faults['password']} />
            <Button type="submit" look="primary" disabled={isBusy} className="min-h-10 w-full">
              {t(isBusy ? 'session.signing_in' : 'session.sign_in')}
            </Button>
          </>
        )}
      </Form>
    </Entrance>
  );
}
