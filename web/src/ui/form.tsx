import { useEffect, useRef, useState, type ReactNode } from 'react';
import { fieldSentences } from '../i18n/errors';
import { ErrorNote } from './error_note';
import { useAct } from './use_act';

/** By the name of each wrong field what is wrong with it. */
export type Faults = Readonly<Record<string, string>>;

export interface FormState {
  faults: Faults;
  /** Its button has been pressed, and the answer has not come. */
  isBusy: boolean;
}

export interface FormProps {
  /** What the form is for. What it rejects with is shown: at the field it belongs to, else above the form. */
  act: (data: FormData) => Promise<void>;
  /** What is wrong before anybody is asked. */
  check?: (data: FormData) => Faults;
  /** It is emptied when it was done. */
  isEmptiedAfter?: boolean;
  className?: string;
  children: (state: FormState) => ReactNode;
}

/** A form that says what is wrong, and where. */
export function Form({ act, check = () => ({}), isEmptiedAfter = false, className = '', children }: FormProps) {
  const ref = useRef<HTMLFormElement>(null);
  const { isBusy, error, run } = useAct();
  const [found, setFound] = useState<Faults>({});
  const faults = Object.keys(found).length > 0 ? found : fieldSentences(error);

  useEffect(() => {
    ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [found, error]);

  const submit = async (data: FormData) => {
    const faultsBefore = check(data);
    setFound(faultsBefore);
    if (Object.keys(faultsBefore).length > 0) return;
    if ((await run(() => act(data))) && isEmptiedAfter) ref.current?.reset();
  };

  return (
    <form
      ref={ref}
      noValidate
      aria-busy={isBusy}
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void submit(new FormData(event.currentTarget));
      }}
    >
      {Object.keys(faults).length === 0 && <ErrorNote error={error} />}
      {children({ faults, isBusy })}
    </form>
  );
}

/** A field of a form as text, without white space around it. */
export function textOf(data: FormData, field: string): string {
  return String(data.get(field) ?? '').trim();
}
