import { useEffect, useRef } from 'react';
import { listNameMax } from './rights';

export interface InlineNameProps {
  label: string;
  initial?: string;
  /** The name when it is entered, null when nothing is to be changed. */
  onDone: (name: string | null) => void;
}

/** A name that is typed where it stands. Enter, or going elsewhere, takes it; Escape does not. */
export function InlineName({ label, initial = '', onDone }: InlineNameProps) {
  const ref = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  useEffect(() => {
    ref.current?.focus();
    ref.current?.select();
  }, []);
  const finish = (name: string | null) => {
    if (isDone.current) return;
    isDone.current = true;
    onDone(name?.trim() ? name.trim() : null);
  };
  return (
    <input
      ref={ref}
      aria-label={label}
      placeholder={label}
      defaultValue={initial}
      maxLength={listNameMax}
      autoComplete="off"
      enterKeyHint="done"
      className="min-h-10 w-full rounded-lg border border-edge bg-surface px-2.5 text-base text-ink placeholder:text-muted sm:text-sm"
      onBlur={(event) => finish(event.target.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') finish(event.currentTarget.value);
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          finish(null);
        }
      }}
    />
  );
}
