import { sentenceOf } from '../i18n/errors';

/** Says at once what went wrong; nothing where the error is null. */
export function ErrorNote({ error, className = '' }: { error: unknown; className?: string }) {
  if (error === null) return null;
  return (
    <p role="alert" className={`rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger ${className}`}>
      {sentenceOf(error)}
    </p>
  );
}
