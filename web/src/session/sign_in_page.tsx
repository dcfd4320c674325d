import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';
import { TextField } from '../ui/text_field';
import { register, signIn } from './session';

/** The form to sign in, and to make an account. */
export function SignInPage() {
  const { t } = useTranslation();
  const [isNew, setIsNew] = useState(false);
  const [error, setError] = useState<string>();
  const submit = (form: FormData) => {
    const [email, password, name] = ['email', 'password', 'name'].map((field) => String(form.get(field) ?? '')) as [string, string, string];
    (isNew ? register(email, password, name) : signIn(email, password)).catch((reason: unknown) => setError(String(reason)));
  };
  return (
    <main className="mx-auto flex h-full max-w-sm flex-col justify-center p-6">
      <form action={submit} className="space-y-3">
        {isNew && <TextField label={t('session.name')} name="name" autoComplete="name" required />}
        <TextField label={t('session.email')} name="email" type="email" autoComplete="email" required error={error} />
        <TextField label={t('session.password')} name="password" type="password" required />
        <Button type="submit" look="primary" className="w-full">
          {isNew ? t('session.register') : t('session.sign_in')}
        </Button>
      </form>
      <Button look="quiet" className="mt-3" onClick={() => setIsNew(!isNew)}>
        {isNew ? t('session.have_account') : t('session.no_account')}
      </Button>
    </main>
  );
}
