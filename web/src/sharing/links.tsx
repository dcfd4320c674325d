import type { ShareLink, SharedRole } from '@collab-todo/client';
import { useClient } from '@collab-todo/react';
import { Link2 } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dateTime } from '../i18n/dates';
import { Button } from '../ui/button';
import { ErrorNote } from '../ui/error_note';
import { Select } from '../ui/select';
import { useAct } from '../ui/use_act';
import { CopyField } from './copy_field';
import { RoleSelect } from './role_select';

/** How long a link is to be good, in days. */
const validities = { never: null, day: 1, week: 7, month: 30 } as const;
type Validity = keyof typeof validities;

/** The address of a link, for others: as the server says, or where it knows itself as localhost only, that of this page. */
export function linkAddress({ code, url }: { code?: string | null; url?: string | null }): string {
  const told = url ? new URL(url, location.origin) : null;
  const isForOthers = told !== null && !['localhost', '127.0.0.1', '[::1]'].includes(told.hostname);
  return isForOthers ? told.href : `${location.origin}/join/${code ?? ''}`;
}

/** When a link ends that is made now, RFC 3339; null: never. */
export function endOf(validity: Validity, now = Date.now()): string | null {
  const days = validities[validity];
  return days === null ? null : new Date(now + days * 86_400_000).toISOString();
}

/** The links that lead into a list: makes them, and ends them. */
export function Links({ list_id }: { list_id: string }) {
  const { t } = useTranslation();
  const { sharing } = useClient();
  const [links, setLinks] = useState<readonly ShareLink[]>([]);
  const [made, setMade] = useState<{ link_id: string; address: string } | null>(null);
  const [role, setRole] = useState<SharedRole>('editor');
  const [validity, setValidity] = useState<Validity>('week');
  const { isBusy, error, run } = useAct();
  const look = useCallback(async () => setLinks(await sharing.links(list_id)), [sharing, list_id]);

  useEffect(() => {
    look().catch(() => undefined);  // without a connection there is nothing to see, and the buttons say so
  }, [look]);

  const create = () =>
    run(async () => {
      const link = await sharing.createLink(list_id, role, endOf(validity));
      setMade({ link_id: link.link_id, address: linkAddress(link) });
      await look();
    });
  const revoke = (link_id: string) =>
    run(async () => {
      await sharing.revokeLink(link_id);
      if (made?.link_id === link_id) setMade(null);
      await look();
    });
  const validityNames = (Object.keys(validities) as Validity[]).map((name) => [name, t(`sharing.validity.${name}`)] as const);

  return (
    <div className="space-y-3">
      <p className="text-sm text-muted">{t('sharing.links_told')}</p>
      <div className="flex flex-wrap gap-2">
        <RoleSelect label={t('sharing.role.label')} value={role} onChoose={setRole} className="min-w-32 flex-1" />
        <Select label={t('sharing.validity.label')} value={validity} options={validityNames} onChoose={setValidity} className="min-w-32 flex-1" />
        <Button disabled={isBusy} onClick={() => void create()} className="max-sm:flex-1">
          <Link2 aria-hidden className="size-4" />
          {t('sharing.create_link')}
        </Button>
      </div>
      <ErrorNote error={error} />
      {made && <CopyField label={t('sharing.new_link')} value={made.address} hint={t('sharing.new_link_told')} />}
      {links.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line">
          {links.map((link) => (
            <li key={link.link_id} className="flex items-center gap-3 py-1.5 pr-1.5 pl-3 text-sm">
              <span className="min-w-0 flex-1">
                {t(`sharing.role.${link.role}`)}
                <span className="block text-xs text-muted">
                  {link.expires_at ? t('sharing.good_until', { moment: dateTime(link.expires_at) }) : t('sharing.good_always')}
                </span>
              </span>
              <Button
                look="quiet"
                disabled={isBusy}
                aria-label={t('sharing.revoke_of', { role: t(`sharing.role.${link.role}`), moment: dateTime(link.created_at) })}
                onClick={() => void revoke(link.link_id)}
              >
                {t('sharing.revoke')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
