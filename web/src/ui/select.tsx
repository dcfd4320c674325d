import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';

export interface SelectProps<T extends string> extends Omit<ComponentProps<'select'>, 'value' | 'onChange' | 'children'> {
  /** What it chooses, for who cannot see what it stands beside. */
  label: string;
  /** Each value with its words, in order. */
  options: readonly (readonly [value: T, words: string])[];
  value: T;
  onChoose: (value: T) => void;
}

/** A choice of one among few: the browser's own, which every device has a good way for. */
export function Select<T extends string>({ label, options, value, onChoose, className = '', ...rest }: SelectProps<T>) {
  return (
    <span className={`relative inline-flex ${className}`}>
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onChoose(event.target.value as T)}
        className="min-h-9 w-full appearance-none truncate rounded-lg border border-edge bg-surface py-1.5 pr-8 pl-3 text-base text-ink disabled:opacity-50 sm:text-sm"
        {...rest}
      >
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted" />
    </span>
  );
}
