import { X } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { IconButton } from '../ui/button';
import { Modal } from '../ui/modal';
import { useDrawer } from './drawer';
import { Sidebar } from './sidebar';

/** The side bar of a small screen, over the page while it is open. It closes with a way to another page. */
export function DrawerDialog() {
  const { t } = useTranslation();
  const { isOpen, close } = useDrawer();
  const [path] = useLocation();
  useEffect(() => close, [path, close]);
  if (!isOpen) return null;
  return (
    <Modal
      aria-label={t('lists.side_bar')}
      onClose={close}
      className="m-0 h-full max-h-full w-80 max-w-[85vw] animate-drawer overflow-hidden border-r"
      onClick={(event) => {
        if ((event.target as Element).closest('a')) close();
      }}
    >
      <div className="relative h-full">
        <Sidebar />
        <IconButton label={t('close')} icon={<X />} onClick={close} className="absolute! top-2.5 right-2" />
      </div>
    </Modal>
  );
}
