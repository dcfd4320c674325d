import { useTranslation } from 'react-i18next';
import { checkFilled, checkNewPassword, faultsOf, type Rules } from '../session/checks';
import { account } from '../session/session';
import { Button } from '../ui/button';
import { Form } from '../ui/form';
import { PasswordField } from '../ui/text_field';
import { toast } from '../ui/toasts';

/** Replaces the user's password. `email` is for password managers. */
export function PasswordForm({ rules, email }: { rules: Rules; email: string | null }) {
  const { t } = useTranslation();
  const act = async (data: FormData) => {
    await account.changePassword(String(data.get('current_password')), String(data.get('new_password')));
    toast({ message: t('account.password_saved') });
  };
  return (
    <Form
      className="space-y-4"
      isEmptiedAfter
      check={(data) => faultsOf(data, { current_password: checkFilled, new_password: checkNewPassword(rules) })}
      act={act}
    >
      {({ faults, isBusy }) => (
        <>
          <input type="email" name="username" autoComplete="username" value={email ?? ''} readOnly hidden />
          <PasswordField
            label={t('account.current_password')}
            name="current_password"
            autoComplete="current-password"
            error={faults['current_password']}
          />
          <PasswordField
            label={t('account.new_password')}
            name="new_password"
            autoComplete="new-password"
            hint={t('session.password_hint', { count: rules.password_min })}
            error={faults['new_password']}
          />
          <Button type="submit" disabled={isBusy}>
            {t('account.change_password')}
          </Button>
        </>
      )}
    </Form>
  );
}
