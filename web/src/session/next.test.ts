import { expect, test } from 'vitest';
import { nextOf, withNext } from './next';

test('the address that was asked for comes back', () => {
  expect(nextOf(withNext('/sign-in', '/join/a.b-c').split('?')[1]!)).toBe('/join/a.b-c');
  expect(withNext('/sign-in', '/')).toBe('/sign-in');
});

test.each(['next=https://evil.example', 'next=//evil.example', 'next=/%5Cevil.example', ''])('no other place is gone to: %s', (search) => {
  expect(nextOf(search)).toBe('/');
});
