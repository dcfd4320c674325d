import { expect, test } from 'vitest';
import { header, indexOf, keyOf, neighbourOf, placeFor, rowAt, rowCount, type Rows } from './rows';
import { itemOf } from './test_items';

const items = (...names: string[]) => names.map((id) => itemOf({ id }));
const rows: Rows = { open: items('a', 'b', 'c'), done: items('x', 'y'), hasHeader: true, isUnfolded: true };
const folded = { ...rows, isUnfolded: false };
const bare = { ...rows, open: [], hasHeader: false };

test('rows are counted and found, each where it is', () => {
  for (const some of [rows, folded, bare]) {
    const all = Array.from({ length: rowCount(some) }, (_, index) => keyOf(rowAt(some, index)!));
    expect(all.map((key) => indexOf(some, key))).toEqual([...all.keys()]);
  }
  expect(rowCount(rows)).toBe(6);
  expect(keyOf(rowAt(rows, 3)!)).toBe(header);
  expect(rowCount(folded)).toBe(4);
  expect(indexOf(folded, 'x')).toBe(-1);
  expect(rowCount(bare)).toBe(2);
});

test('a row that goes leaves its place to the next one, else to the one before', () => {
  expect(['a', 'c', 'y'].map((id) => neighbourOf(rows, id))).toEqual(['b', 'b', 'x']);
  expect(neighbourOf({ ...rows, open: items('a') }, 'a')).toBe(header);
  expect(neighbourOf({ ...bare, done: items('x') }, 'x')).toBeNull();
});

test('a place is behind the one that will stand before', () => {
  expect(placeFor(rows, 'a', 2)).toEqual({ after: 'c' });
  expect(placeFor(rows, 'c', 1)).toEqual({ after: 'a' });
  expect(placeFor(rows, 'c', 0)).toEqual({ after: null });
  expect(placeFor(rows, 'y', 0)).toEqual({ after: null });
});

test('there is no place beyond the ends, nor where it is already', () => {
  expect([-1, 1, 3].map((to) => placeFor(rows, 'b', to))).toEqual([null, null, null]);
});
