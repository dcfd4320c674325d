import { usePendingCount, useStatus } from '@collab-todo/react';
import { useTranslation } from 'react-i18next';

/** Quietly says whether changes of others arrive here, and how many of one's own wait. */
export function StatusBadge() {
  const { t } = useTranslation();
  const { state } = useStatus();
  const count = usePendingCount();
  return (
    <p role="status" className="text-xs text-muted">
      {count > 0 ? t('status.waiting', { count }) : t(`status.${state}`)}
    </p>
  );
}
