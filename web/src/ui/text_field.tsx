import { Eye, EyeOff } from 'lucide-react';
import { useId, useState, type ComponentProps, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button';

export interface TextFieldProps extends ComponentProps<'input'> {
  label: string;
  /** A sentence about what is wrong with it. */
  error?: string | undefined;
  hint?: string | undefined;
  /** Stands in the input, at its end. */
  end?: ReactNode;
}

/** An input with its label, and with what is wrong with it. */
export function TextField({ label, error, hint, end, className = '', ...rest }: TextFieldProps) {
  const id = useId();
  const told = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          aria-invalid={error !== undefined}
          aria-describedby={told ? `${id}-told` : undefined}
          className={`min-h-10 w-full rounded-lg border border-edge bg-surface px-3 py-2 text-base text-ink placeholder:text-muted aria-invalid:border-danger sm:text-sm ${end ? 'pr-11' : ''}`}
          {...rest}
        />
        {end && <div className="absolute inset-y-0 right-0.5 flex items-center">{end}</div>}
      </div>
      {told && (
        <p id={`${id}-told`} className={`mt-1.5 text-sm ${error ? 'text-danger' : 'text-muted'}`}>
          {told}
        </p>
      )}
    </div>
  );
}

/** A password, which can be looked at while it is typed. */
export function PasswordField(props: Omit<TextFieldProps, 'type' | 'end'>) {
  const { t } = useTranslation();
  const [isShown, setIsShown] = useState(false);
  const toggle = (
    <IconButton
      label={t(isShown ? 'session.hide_password' : 'session.show_password')}
      icon={isShown ? <EyeOff /> : <Eye />}
      onClick={() => setIsShown(!isShown)}
    />
  );
  return <TextField {...props} type={isShown ? 'text' : 'password'} autoCapitalize="none" spellCheck={false} end={toggle} />;
}
