import { createContext, useEffect, useRef, useState, type ComponentProps } from 'react';

/** Whether it stands in a modal dialog. Nothing outside of it can be used then: what opens must stay within. */
export const IsInDialog = createContext(false);

export interface ModalProps extends Omit<ComponentProps<'dialog'>, 'ref' | 'onClose'> {
  onClose: () => void;
}

/**
 * A modal dialog, open as long as it is rendered. The browser's own: it keeps the focus, and closes on Escape and beside it. The focus goes
 * back to where it was.
 */
export function Modal({ onClose, children, className = '', ...rest }: ModalProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const [opener] = useState(() => document.activeElement);
  useEffect(() => {
    ref.current?.showModal();
    return () => {
      // What it did may have taken the opener away.
      const next = opener?.isConnected ? opener : document.querySelector('dialog[open] h2, main');
      if (next instanceof HTMLElement) next.focus();
    };
  }, [opener]);
  return (
    <dialog
      ref={ref}
      onCancel={(event) => {
        if (event.target !== ref.current) return;
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current) onClose();
      }}
      className={`border-line bg-surface p-0 text-ink shadow-xl backdrop:bg-black/50 ${className}`}
      {...rest}
    >
      <IsInDialog value={true}>{children}</IsInDialog>
    </dialog>
  );
}
