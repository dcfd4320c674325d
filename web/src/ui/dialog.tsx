import { X } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button';
import { Modal } from './modal';

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Stands at the bottom, to the right: the buttons. */
  footer?: ReactNode;
}

/** A modal dialog with a title, open as long as it is rendered. The first of its controls has the focus. */
export function Dialog({ title, onClose, children, footer }: DialogProps) {
  const { t } = useTranslation();
  const titleId = useId();
  return (
    <Modal
      aria-labelledby={titleId}
      onClose={onClose}
      className="m-auto w-full max-w-lg rounded-2xl border max-sm:mb-0 max-sm:max-w-none max-sm:rounded-b-none"
    >
      <div className="relative max-sm:pb-[env(safe-area-inset-bottom)]">
        <h2 id={titleId} tabIndex={-1} className="pt-5 pr-14 pl-5 text-lg font-semibold [overflow-wrap:anywhere]">
          {title}
        </h2>
        <div className="px-5 py-4">{children}</div>
        {footer && <div className="flex flex-wrap justify-end gap-2 px-5 pb-5">{footer}</div>}
        {/* At the end, so that it is not what has the focus first. */}
        <IconButton label={t('close')} icon={<X />} onClick={onClose} className="absolute! top-4 right-3" />
      </div>
    </Modal>
  );
}
