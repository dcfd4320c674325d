// What went wrong, as a sentence in the user's language.
import { RequestError } from '@collab-todo/client';
import i18next from 'i18next';
import type en from './en.json';

type Sentence = keyof typeof en.errors;

/** What the server says where one code stands for several things. */
const byMessage: Readonly<Record<string, Sentence>> = {
  'The e-mail address is not valid.': 'email_invalid',
  'This e-mail address is already registered.': 'email_taken',
  'The password must have 8 to 128 characters.': 'password_length',
  'The name must have 1 to 100 characters.': 'name_length',
  'The current password is wrong.': 'current_password_wrong',
  'The e-mail address or the password is wrong.': 'credentials_wrong',
  'The password was changed by somebody else just now.': 'password_changed_meanwhile',
  'Registration is closed on this server.': 'registration_closed',
  'Registration on this server is by invitation only.': 'registration_by_invitation',
  'This link is not valid, or not any more': 'link_invalid',
  'This share link is not valid': 'link_invalid',
  'This share link was revoked; ask for a new one': 'link_revoked',
  'This share link has expired; ask for a new one': 'link_expired',
  'The list of this share link is deleted': 'link_list_deleted',
  'You own this list already; a list can be shared with others only': 'share_with_self',
  'This server does not know e-mail addresses: share by user id': 'email_unknown_here',
  'You have shared by e-mail with too many who have not logged in since. Share with a link, or by id': 'too_many_invitations',
  'This user is not a member of the list': 'not_a_member_any_more',
  'This user is no longer a member of the list': 'not_a_member_any_more',
  'You are not a member of this list': 'not_your_list',
  'The list is deleted; its owner can restore it from the trash': 'list_deleted',
  'This list was deleted': 'list_deleted',
  'The list was deleted too long ago to be restored': 'too_long_deleted',
  'The item was deleted too long ago to be restored': 'too_long_deleted',
  'The item is deleted; it can be restored from the trash': 'item_deleted',
  'This list has no such item': 'item_gone',
};

const byCode: Readonly<Record<string, Sentence>> = {
  offline: 'unreachable',
  unavailable: 'unavailable',
  internal: 'internal',
  forbidden: 'forbidden',
  gone: 'gone',
  limit_exceeded: 'limit_exceeded',
  unauthorized: 'login_ended',
  token_expired: 'login_ended',
  token_invalid: 'login_ended',
};

/** Whether there was no answer at all, or none in time. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof RequestError) return error.code === 'offline';
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
}

/** What the server, or the lack of one, says, in the user's language. The server's own words are the last resort. */
export function sentenceOf(error: unknown): string {
  if (isUnreachable(error)) return i18next.t('errors.unreachable');
  return error instanceof RequestError ? sentenceOfFailure(error.failure) : i18next.t('errors.unexpected');
}

/** The same for a failure that came with an event. */
export function sentenceOfFailure({ code, message, retry_after_ms }: RequestError['failure']): string {
  if (code === 'rate_limited') return i18next.t('errors.rate_limited', { wait: durationOf(retry_after_ms ?? 1_000) });
  const known = byMessage[message] ?? byCode[code];
  return known ? i18next.t(`errors.${known}`) : message;
}

/** What is wrong with each field of a form, by the names of the server. Empty where no field is to blame. */
export function fieldSentences(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof RequestError)) return {};
  return Object.fromEntries(Object.entries(error.fields).map(([field, message]) => [field, sentenceOfMessage(message)]));
}

function sentenceOfMessage(message: string): string {
  const known = byMessage[message];
  return known ? i18next.t(`errors.${known}`) : message;
}

function durationOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const [value, unit] = seconds < 100 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return new Intl.NumberFormat(i18next.language, { style: 'unit', unit: String(unit), unitDisplay: 'long' }).format(Number(value));
}
