import { Check, CloudOff, LoaderCircle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useConnection, type ConnectionKind } from './connection';

const icons: Record<ConnectionKind, React.ReactNode> = {
  live: <Check />,
  sending: <LoaderCircle className="animate-spin" />,
  connecting: <LoaderCircle className="animate-spin" />,
  offline: <CloudOff />,
  ended: <CloudOff />,
};

/** Quietly says whether changes of others arrive here, and how many of one's own wait. Screen readers hear what changes. */
export function StatusBadge() {
  const { t } = useTranslation();
  const { kind, pending } = useConnection();
  const isAway = kind !== 'live';
  return (
    <p role="status" className="flex items-center gap-2 text-xs text-muted">
      <span aria-hidden className={`[&_svg]:size-3.5 ${kind === 'offline' ? 'text-warning' : ''} ${kind === 'live' ? 'text-accent' : ''}`}>
        {icons[kind]}
      </span>
      <span>
        {kind !== 'sending' && t(`status.${kind}`)}
        {isAway && pending > 0 && (
          <>
            {kind !== 'sending' && ' · '}
            {t('status.waiting', { count: pending })}
          </>
        )}
      </span>
    </p>
  );
}
