import i18next from 'i18next';

/** A moment (RFC 3339) as people of the language write it: day and time. */
export function dateTime(moment: string): string {
  return new Intl.DateTimeFormat(i18next.language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(moment));
}
