import { expect, test } from 'vitest';
import { positionBetween } from './position.js';

test('positionBetween begins as the server does, and goes on at both ends', () => {
  const first = positionBetween(null, null);

  expect(first).toBe('a0');
  expect(positionBetween(first, null) > first).toBe(true);
  expect(positionBetween(null, first) < first).toBe(true);
});

test('positionBetween finds room in one place 900 times, in at most 200 characters', () => {
  let low = positionBetween(null, null);
  const high = positionBetween(low, null);
  for (let i = 0; i < 900; ++i) {
    const between = positionBetween(low, high);
    expect(between > low && between < high && between.length <= 200).toBe(true);
    low = between;
  }
});

test.each([['!', '"'], ['m', 'n'], ['zz', 'zz#'], ['a0', 'a00'], ['~', null], ['hello', 'hello"'], [null, '!!5']])(
  'positionBetween copes with %j and %j, which it did not make', (before, after) => {
    const between = positionBetween(before, after);

    expect(before === null || between > before).toBe(true);
    expect(after === null || between < after).toBe(true);
  },
);

test('positionBetween stands behind two that are equal', () => {
  expect(positionBetween('a1', 'a1') > 'a1').toBe(true);
});

test('positionBetween stands behind the first where nothing fits in front of the second', () => {
  expect(positionBetween('hello', 'hello!') > 'hello').toBe(true);
});
