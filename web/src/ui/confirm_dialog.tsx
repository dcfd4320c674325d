import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button';
import { Dialog } from './dialog';
import { ErrorNote } from './error_note';
import { useAct } from './use_act';

export interface ConfirmDialogProps {
  title: string;
  /** What the button does, in words: not "OK". */
  action: string;
  isDangerous?: boolean;
  /** The dialog closes when it is done. What it rejects with is shown. */
  act: () => void | Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({ title, action, isDangerous = false, act, onClose, children }: ConfirmDialogProps) {
  const { t } = useTranslation();
  const { isBusy, error, run } = useAct();
  const confirm = async () => {
    if (await run(act)) onClose();
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button look={isDangerous ? 'danger' : 'primary'} disabled={isBusy} onClick={() => void confirm()}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} footer={footer}>
      <div className="space-y-3 text-sm text-muted">{children}</div>
      <ErrorNote error={error} className="mt-3" />
    </Dialog>
  );
}
