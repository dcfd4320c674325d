import type { Profile } from '@collab-todo/client';
import { useTranslation } from 'react-i18next';
import { checkName, faultsOf, type Rules } from '../session/checks';
import { account, keep } from '../session/session';
import { Button } from '../ui/button';
import { Form, textOf } from '../ui/form';
import { TextField } from '../ui/text_field';
import { toast } from '../ui/toasts';

/** Gives the user another name. */
export function NameForm({ user, rules }: { user: Profile; rules: Rules }) {
  const { t } = useTranslation();
  const act = async (data: FormData) => {
    await keep(await account.rename(textOf(data, 'name')));
    toast({ message: t('account.name_saved') });
  };
  return (
    <Form className="space-y-4" check={(data) => faultsOf(data, { name: checkName(rules) })} act={act}>
      {({ faults, isBusy }) => (
        <>
          <TextField
            label={t('session.name')}
            name="name"
            autoComplete="name"
            defaultValue={user.name ?? ''}
            hint={t('session.name_hint')}
            error={faults['name']}
          />
          <Button type="submit" disabled={isBusy}>
            {t('account.save_name')}
          </Button>
        </>
      )}
    </Form>
  );
}
