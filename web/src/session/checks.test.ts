import { beforeAll, expect, test } from 'vitest';
import { startI18n } from '../i18n';
import { checkEmail, checkFilled, checkName, checkNewPassword, faultsOf, usualRules } from './checks';

beforeAll(startI18n);

const form = (fields: Record<string, string>) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};
const checks = { name: checkName(usualRules), email: checkEmail, password: checkNewPassword(usualRules) };

test('what is right is no fault', () => {
  expect(faultsOf(form({ name: ' Ann ', email: ' ann@example.org ', password: '12345678' }), checks)).toEqual({});
});

test('each fault is a sentence at its field', () => {
  expect(faultsOf(form({ name: ' ', email: 'ann', password: '1234567' }), checks)).toEqual({
    name: 'Please fill this in.',
    email: 'This is not an e-mail address.',
    password: 'Use at least 8 characters.',
  });
  expect(faultsOf(form({ password: '' }), { password: checkFilled })).toEqual({ password: 'Please fill this in.' });
});

test('a character is one, however it is encoded', () => {
  expect(faultsOf(form({ password: '🔑'.repeat(7) }), { password: checkNewPassword(usualRules) })).toEqual({ password: 'Use at least 8 characters.' });
  expect(faultsOf(form({ name: '🔑'.repeat(100) }), { name: checkName(usualRules) })).toEqual({});
});
