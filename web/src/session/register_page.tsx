import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Button } from '../ui/button';
import { Form, textOf } from '../ui/form';
import { PasswordField, TextField } from '../ui/text_field';
import { checkEmail, checkName, checkNewPassword, faultsOf, type Rules } from './checks';
import { Entrance } from './entrance';
import { useNext, withNext } from './next';
import { register } from './session';
import { useAccountConfig } from './use_account_config';

/** The form to make an account, if the server lets people do that. */
export function RegisterPage() {
  const { t } = useTranslation();
  const next = useNext();
  const config = useAccountConfig();
  const below = (
    <>
      {t('session.have_account')}{' '}
      <Link href={withNext('/sign-in', next)} className="font-medium text-accent underline underline-offset-4">
        {t('session.sign_in')}
      </Link>
    </>
  );
  return (
    <Entrance title={t('session.register')} below={below}>
      {!config || config.registration === 'closed' ? (
        <p className="text-sm text-muted">{t('session.registration_closed')}</p>
      ) : (
        <>
          {config.registration === 'invite' && <p className="mb-5 text-sm text-muted">{t('session.registration_by_invitation')}</p>}
          {next.startsWith('/join/') && <p className="mb-5 text-sm text-muted">{t('session.invited')}</p>}
          <RegisterForm rules={config} />
        </>
      )}
    </Entrance>
  );
}

function RegisterForm({ rules }: { rules: Rules }) {
  const { t } = useTranslation();
  return (
    <Form
      className="space-y-4"
      check={(data) => faultsOf(data, { name: checkName(rules), email: checkEmail, password: checkNewPassword(rules) })}
      act={(data) => register(textOf(data, 'email'), String(data.get('password')), textOf(data, 'name'))}
    >
      {({ faults, isBusy }) => (
        <>
          <TextField label={t('session.name')} name="name" autoComplete="name" hint={t('session.name_hint')} error={faults['name']} />
          <TextField label={t('session.email')} name="email" type="email" autoComplete="username" error={faults['email']} />
          <PasswordField
            label={t('session.password')}
            name="password"
            autoComplete="new-password"
            hint={t('session.password_hint', { count: rules.password_min })}
            error={faults['password']}
          />
          <Button type="submit" look="primary" disabled={isBusy} className="min-h-10 w-full">
            {t(isBusy ? 'session.registering' : 'session.register')}
          </Button>
        </>
      )}
    </Form>
  );
}
