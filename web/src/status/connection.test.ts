import { expect, test } from 'vitest';
import { connectionKind } from './connection';

test.each([
  ['live', 0, true, 0, 'live'],
  ['live', 2, true, 0, null],
  ['live', 2, true, 1_000, 'sending'],
  ['connecting', 0, true, 0, null],
  ['connecting', 0, true, 1_000, 'connecting'],
  ['connecting', 0, true, 8_000, 'offline'],
  ['connecting', 0, false, 0, 'offline'],
  ['offline', 0, true, 0, 'offline'],
  ['ended', 3, true, 0, 'ended'],
] as const)('%s with %i waiting, network %s, for %i ms is told as %s', (state, pending, isOnline, ageMs, told) => {
  expect(connectionKind(state, pending, isOnline, ageMs)).toBe(told);
});
