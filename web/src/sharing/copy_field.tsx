import { Check, Copy } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';

// A page that came over plain HTTP has no clipboard, but it can copy what is selected.
async function copy(input: HTMLInputElement): Promise<boolean> {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}

/** A text to be taken elsewhere. */
export function CopyField({ label, value, hint }: { label: string; value: string; hint: string }) {
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => setIsCopied(false), [value]);
  const run = async () => {
    if (input.current) setIsCopied(await copy(input.current));
  };
  return (
    <div className="rounded-lg bg-accent-soft p-3">
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          ref={input}
          readOnly
          value={value}
          aria-describedby={`${id}-told`}
          onFocus={(event) => event.target.select()}
          className="min-h-9 min-w-0 flex-1 rounded-lg border border-edge bg-surface px-3 text-base text-ink sm:text-sm"
        />
        <Button look="primary" onClick={() => void run()}>
          {isCopied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
          {t(isCopied ? 'sharing.copied' : 'sharing.copy')}
        </Button>
        <span role="status" className="sr-only">
          {isCopied && t('sharing.copied')}
        </span>
      </div>
      <p id={`${id}-told`} className="mt-1.5 text-xs text-muted">
        {hint}
      </p>
    </div>
  );
}
