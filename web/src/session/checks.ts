// What can be said of a form before the server is asked. The server has the last word.
import type { AccountConfig } from '@collab-todo/client';
import i18next from 'i18next';
import { textOf, type Faults } from '../ui/form';

export type Rules = Pick<AccountConfig, 'password_min' | 'password_max' | 'name_max'>;

/** What holds until the server has told its own. */
export const usualRules: Rules = { password_min: 8, password_max: 128, name_max: 100 };

// As the server counts: in characters, not in units of UTF-16.
const lengthOf = (text: string) => [...text].length;

/** The faults of the named fields; those that are right are left out. */
export function faultsOf(data: FormData, checks: Readonly<Record<string, (data: FormData, field: string) => string | null>>): Faults {
  const found = Object.entries(checks).map(([field, check]) => [field, check(data, field)] as const);
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== null));
}

export function checkFilled(data: FormData, field: string): string | null {
  return String(data.get(field) ?? '') === '' ? i18next.t('errors.required') : null;
}

export function checkEmail(data: FormData, field: string): string | null {
  const email = textOf(data, field);
  if (email === '') return i18next.t('errors.required');
  return /^[^\s@]+@[^\s@]+$/.test(email) ? null : i18next.t('errors.email_invalid');
}

export const checkName = ({ name_max }: Rules) => (data: FormData, field: string): string | null => {
  const name = textOf(data, field);
  if (name === '') return i18next.t('errors.required');
  return lengthOf(name) > name_max ? i18next.t('errors.too_long', { count: name_max }) : null;
};

export const checkNewPassword = ({ password_min, password_max }: Rules) => (data: FormData, field: string): string | null => {
  const length = lengthOf(String(data.get(field) ?? ''));
  if (length < password_min) return i18next.t('errors.too_short', { count: password_min });
  return length > password_max ? i18next.t('errors.too_long', { count: password_max }) : null;
};
