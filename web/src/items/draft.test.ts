import { expect, test } from 'vitest';
import { draftState } from './draft';

test.each([
  ['a', 'a', 'a', 'same'],
  ['a', 'b', 'b', 'same'],
  ['a', 'a', 'b', 'mine'],
  ['a', 'b', 'a', 'theirs'],
  ['a', 'b', 'c', 'clash'],
])('from %s, now %s, written %s: %s', (base, theirs, mine, state) => expect(draftState(base, theirs, mine)).toBe(state));
