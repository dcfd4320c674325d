import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { IconButton } from '../ui/button';
import { useDrawer } from './drawer';
import { Sidebar } from './sidebar';

/** The side bar of a small screen, over the page while it is open. It closes with a way to another page. */
export function DrawerDialog() {
  const isOpen = useDrawer((drawer) => drawer.isOpen);
  const close = useDrawer((drawer) => drawer.close);
  const [path] = useLocation();
  useEffect(() => close, [path, close]);
  return isOpen ? <OpenDrawer onClose={close} /> : null;
}

function OpenDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={t('lists.side_bar')}
      className="drawer m-0 h-full max-h-full w-80 max-w-[85vw] border-r border-line bg-surface p-0 text-ink shadow-xl backdrop:bg-black/50"
      onCancel={(event) => {
        if (event.target !== ref.current) return;
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current) onClose();
      }}
      onClick={(event) => {
        if ((event.target as Element).closest('a')) onClose();
      }}
    >
      <div className="relative h-full">
        <div className="absolute top-2.5 right-2">
          <IconButton label={t('close')} icon={<X />} onClick={onClose} />
        </div>
        <Sidebar />
      </div>
    </dialog>
  );
}
