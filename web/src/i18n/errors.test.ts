import { RequestError } from '@collab-todo/client';
import i18next from 'i18next';
import { afterEach, beforeAll, expect, test } from 'vitest';
import en from './en.json';
import { fieldSentences, sentenceOf } from './errors';
import { chooseLanguage, startI18n } from './index';
import zh from './zh.json';

beforeAll(startI18n);
afterEach(() => i18next.changeLanguage('en'));

const refused = (code: string, message: string, more: object = {}) => new RequestError({ event: 'error', code, message, ...more });

test('no answer is told apart from a refusal', () => {
  const unreachable = 'The server cannot be reached. Check your connection and try again.';
  expect(sentenceOf(new TypeError('Failed to fetch'))).toBe(unreachable);
  expect(sentenceOf(new DOMException('', 'TimeoutError'))).toBe(unreachable);
  expect(sentenceOf(refused('offline', 'There is no connection'))).toBe(unreachable);
  expect(sentenceOf(refused('forbidden', 'You are not a member of this list'))).toBe('This list is not, or no longer, shared with you.');
  expect(sentenceOf(new Error('a bug'))).toBe('Something went wrong. Try again, or reload the page.');
});

test('what the server says is known by its words, then by its code, else it is told as it is', () => {
  expect(sentenceOf(refused('gone', 'This share link has expired; ask for a new one'))).toBe('This link has expired. Ask for a new one.');
  expect(sentenceOf(refused('gone', 'Something new'))).toBe('It is no longer there.');
  expect(sentenceOf(refused('invalid_payload', 'Something new'))).toBe('Something new');
});

test('a limit says how long to wait', async () => {
  expect(sentenceOf(refused('rate_limited', 'Too many', { retry_after_ms: 41_200 }))).toBe('Too many attempts. Try again in 42 seconds.');
  expect(sentenceOf(refused('rate_limited', 'Too many', { retry_after_ms: 600_000 }))).toBe('Too many attempts. Try again in 10 minutes.');
  await chooseLanguage('zh');
  expect(sentenceOf(refused('rate_limited', 'Too many', { retry_after_ms: 42_000 }))).toMatch(/^尝试次数过多，请在42\s?秒钟?后重试。$/);
});

test('faults are told at their fields, in the language of the app', async () => {
  const error = refused('invalid_payload', '', {
    errors: [{ loc: ['email'], msg: 'This e-mail address is already registered.', type: 'value_error' }, { loc: ['name'], msg: 'Odd.', type: 'x' }],
  });
  expect(fieldSentences(error)).toEqual({ email: 'There is an account with this address already. Sign in instead.', name: 'Odd.' });
  await chooseLanguage('zh');
  expect(fieldSentences(error)['email']).toBe('此邮箱已注册，请直接登录。');
  expect(fieldSentences(new TypeError())).toEqual({});
});

test('each text is in both languages, with the same placeholders', () => {
  const flat = (texts: object, path = ''): [string, string][] =>
    Object.entries(texts).flatMap(([key, text]: [string, unknown]) => (typeof text === 'string' ? [[path + key, text]] : flat(text as object, `${path}${key}.`)));
  const form = (texts: object) => Object.fromEntries(flat(texts).map(([key, text]) => [key, [...text.matchAll(/\{\{\w+\}\}/g)].map(String).sort()]));
  expect(form(zh)).toEqual(form(en));
});
