import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSelect } from '../i18n/language_select';
import { PageHeader, pageRoom } from '../lists/page_header';
import { useSession } from '../session/session';
import { useAccountConfig } from '../session/use_account_config';
import { NameForm } from './name_form';
import { PasswordForm } from './password_form';
import { SignOut } from './sign_out';
import { ThemeChoice } from './theme_choice';

/** The user's own things: name, password, how the app looks, and the way out. */
export function AccountPage() {
  const { t } = useTranslation();
  const user = useSession((session) => session.user);
  const config = useAccountConfig();
  if (!user) return null;
  return (
    <div className={pageRoom}>
      <PageHeader title={t('account.title')} />
      <div className="space-y-5 pb-8">
        <Card title={t('account.profile')}>
          {user.email && (
            <p className="mb-4 text-sm">
              <span className="text-muted">{t('session.email')}</span>
              <br />
              {user.email}
            </p>
          )}
          {config ? <NameForm user={user} rules={config} /> : <p className="text-sm text-muted">{t('account.kept_elsewhere')}</p>}
        </Card>
        <Card title={t('account.appearance')}>
          <ThemeChoice />
          <p className="mt-5 mb-1.5 text-sm font-medium" aria-hidden>
            {t('account.language')}
          </p>
          <LanguageSelect className="w-full max-w-60" />
        </Card>
        {config && (
          <Card title={t('session.password')}>
            <PasswordForm rules={config} email={user.email} />
          </Card>
        )}
        <Card title={t('account.sign_out')}>
          <p className="mb-4 text-sm text-muted">{t('account.sign_out_told')}</p>
          <SignOut />
        </Card>
      </div>
    </div>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="rounded-2xl border border-line bg-surface p-5 sm:p-6">
      <h2 className="mb-4 text-base font-semibold">{title}</h2>
      {children}
    </section>
  );
}
