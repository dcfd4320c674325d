import { expect, test } from 'vitest';
import { endOf, linkAddress } from './links';

test('a link has the address that others can open', () => {
  expect(linkAddress({ code: 'a.b', url: 'https://todo.example/join/a.b' })).toBe('https://todo.example/join/a.b');
  expect(linkAddress({ code: 'a.b', url: 'http://localhost:7788/join/a.b' })).toBe(`${location.origin}/join/a.b`);
  expect(linkAddress({ code: 'a.b', url: null })).toBe(`${location.origin}/join/a.b`);
});

test('a link ends when it was said to', () => {
  const now = Date.parse('2026-02-27T12:00:00Z');
  expect([endOf('never', now), endOf('week', now)]).toEqual([null, '2026-03-06T12:00:00.000Z']);
});
