import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/dialog';

/** Who is in a list, and how others get into it. */
export function ShareDialog({ onClose }: { list_id: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('lists.share')} onClose={onClose}>
      {null}
    </Dialog>
  );
}
