import { useId, type ComponentProps } from 'react';

export interface TextFieldProps extends ComponentProps<'input'> {
  label: string;
  /** A sentence about what is wrong with it. */
  error?: string | undefined;
  hint?: string | undefined;
}

/** An input with its label, and with what is wrong with it. */
export function TextField({ label, error, hint, className = '', ...rest }: TextFieldProps) {
  const id = useId();
  const told = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={told ? `${id}-told` : undefined}
        className="w-full rounded-lg border border-line bg-surface px-3 py-2 text-base text-ink placeholder:text-muted aria-invalid:border-danger sm:text-sm"
        {...rest}
      />
      {told && (
        <p id={`${id}-told`} className={`mt-1 text-sm ${error ? 'text-danger' : 'text-muted'}`}>
          {told}
        </p>
      )}
    </div>
  );
}
