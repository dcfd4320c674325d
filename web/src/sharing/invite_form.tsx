import type { SharedRole } from '@collab-todo/client';
import { useClient } from '@collab-todo/react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { checkEmail, faultsOf } from '../session/checks';
import { Button } from '../ui/button';
import { Form, textOf } from '../ui/form';
import { TextField } from '../ui/text_field';
import { RoleSelect } from './role_select';

/** Shares a list with whoever has an e-mail address, or will register with it. */
export function InviteForm({ list_id }: { list_id: string }) {
  const { t } = useTranslation();
  const client = useClient();
  const [role, setRole] = useState<SharedRole>('editor');
  const [invited, setInvited] = useState('');
  const act = async (data: FormData) => {
    const email = textOf(data, 'email');
    setInvited('');
    await client.sharing.share(list_id, { email }, role);
    setInvited(email);
  };
  return (
    <Form className="space-y-3" isEmptiedAfter check={(data) => faultsOf(data, { email: checkEmail })} act={act}>
      {({ faults, isBusy }) => (
        <>
          <TextField
            label={t('sharing.invite_email')}
            name="email"
            type="email"
            autoComplete="off"
            placeholder={t('sharing.email_example')}
            error={faults['email']}
          />
          <div className="flex flex-wrap gap-2">
            <RoleSelect label={t('sharing.role.label')} value={role} onChoose={setRole} className="min-w-36 flex-1" />
            <Button type="submit" look="primary" disabled={isBusy} className="max-sm:flex-1">
              {t('sharing.invite')}
            </Button>
          </div>
          <p role="status" className="text-sm text-muted empty:hidden">
            {invited && t('sharing.invited', { email: invited })}
          </p>
        </>
      )}
    </Form>
  );
}
