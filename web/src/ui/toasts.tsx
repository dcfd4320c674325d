import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { Button, IconButton } from './button';

export interface Toast {
  message: string;
  /** What can be done about it: undo, mostly. */
  action?: { label: string; run: () => void };
  /** An error is told at once by screen readers, and stays until it is closed. */
  isError?: boolean;
  /** Stays until it is closed. */
  isLasting?: boolean;
}

interface Shown extends Toast {
  id: number;
}

/** How long a toast is to be seen. One with an action stays longer: it must be read and reached. */
const shownMs = 5_000;
const withActionMs = 10_000;
const mostAtOnce = 3;

const useToasts = create<{ shown: Shown[] }>(() => ({ shown: [] }));
let lastId = 0;

/** Shows a message at the bottom for some seconds. One that is there already comes anew: it is not told twice. */
export function toast(message: Toast): void {
  const isOther = (one: Shown) => one.message !== message.message;
  useToasts.setState(({ shown }) => ({ shown: [...shown.filter(isOther), { ...message, id: ++lastId }].slice(-mostAtOnce) }));
}

function close(id: number): void {
  useToasts.setState(({ shown }) => ({ shown: shown.filter((one) => one.id !== id) }));
}

/** Where toasts are seen; once in the app. */
export function Toasts() {
  const shown = useToasts((state) => state.shown);
  return (
    <div aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-0 z-50 flex flex-col items-center gap-2 p-4 pb-[calc(5rem+env(safe-area-inset-bottom))]">
      {shown.map((one) => (
        <ToastCard key={one.id} toast={one} />
      ))}
    </div>
  );
}

function ToastCard({ toast: { id, message, action, isError = false, isLasting = isError } }: { toast: Shown }) {
  const { t } = useTranslation();
  // Whoever is at it gets the time they need.
  const [isHeld, setIsHeld] = useState(false);
  useEffect(() => {
    if (isLasting || isHeld) return;
    const timer = setTimeout(() => close(id), action ? withActionMs : shownMs);
    return () => clearTimeout(timer);
  }, [id, action, isLasting, isHeld]);
  return (
    <div
      role={isError ? 'alert' : undefined}
      onPointerEnter={() => setIsHeld(true)}
      onPointerLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
      className="pointer-events-auto flex max-w-md items-center gap-2 rounded-xl border border-line bg-surface py-1.5 pr-1.5 pl-4 text-sm text-ink shadow-lg dark:bg-raised"
    >
      <span className={isError ? 'text-danger' : ''}>{message}</span>
      {action && (
        <Button
          look="quiet"
          className="text-accent"
          onClick={() => {
            action.run();
            close(id);
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton label={t('close')} icon={<X />} onClick={() => close(id)} />
    </div>
  );
}
