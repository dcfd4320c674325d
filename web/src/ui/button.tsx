import type { ComponentProps, ReactNode } from 'react';

const looks = {
  primary: 'bg-accent text-accent-ink hover:brightness-90 dark:hover:brightness-110',
  plain: 'border border-line bg-surface text-ink hover:bg-raised',
  quiet: 'text-ink hover:bg-raised',
  danger: 'bg-danger-soft text-danger hover:brightness-95 dark:hover:brightness-125',
} as const;

export interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof looks;
}

/** A button with words. */
export function Button({ look = 'plain', className = '', type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={`inline-flex min-h-9 items-center justify-center gap-2 rounded-lg px-3 py-1.5 text-sm font-medium transition disabled:opacity-50 ${looks[look]} ${className}`}
      {...rest}
    />
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  /** What it does, for who cannot see the icon, and as its tooltip. */
  label: string;
  icon: ReactNode;
}

/** A button that is an icon. */
export function IconButton({ label, icon, className = '', type = 'button', ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-muted transition hover:bg-raised hover:text-ink disabled:opacity-40 [&_svg]:size-4.5 ${className}`}
      {...rest}
    >
      {icon}
    </button>
  );
}
