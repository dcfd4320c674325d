import { describe, expect, test } from 'vitest';
import { arrange, holdOrder, isMovable, type Held, type View } from './arrange';
import { ids, itemOf } from './test_items';

const items = [
  itemOf({ id: 'milk', name: 'Milk 10', due_date: '2026-03-20' }),
  itemOf({ id: 'bread', name: 'bread', done: true, due_date: '2026-03-20', updated_at: '2026-02-02T00:00:00Z' }),
  itemOf({ id: 'cafe', name: 'Café', created_by: 'bob', updated_at: '2026-02-01T00:00:00Z' }),
  itemOf({ id: 'milk2', name: 'Milk 9', due_date: '2026-04-01', description: 'from the farm' }),
];

function shown(view: Partial<View>, held: [string, Held][] = []) {
  const options = { now: new Date(2026, 2, 28), user_id: 'ann', language: 'en', held: new Map(held) };
  const { open, done } = arrange(items, { filter: 'all', sort: 'own', query: '', ...view }, options);
  return `${ids(open)} | ${ids(done)}`;
}

describe('arrange', () => {
  test('filters', () => {
    expect(shown({})).toBe('milk cafe milk2 | bread');
    expect(shown({ filter: 'open' })).toBe('milk cafe milk2 | ');
    expect(shown({ filter: 'done' })).toBe(' | bread');
    expect(shown({ filter: 'overdue' })).toBe('milk | ');
    expect(shown({ filter: 'mine' })).toBe('milk milk2 | bread');
  });

  test('sorts', () => {
    expect(shown({ sort: 'due' })).toBe('milk milk2 cafe | bread');
    expect(shown({ sort: 'name' })).toBe('cafe milk2 milk | bread');
    expect(shown({ sort: 'changed' })).toBe('cafe milk milk2 | bread');
  });

  test('finds words in names and descriptions, without regard to case and accents', () => {
    expect(shown({ query: 'CAFE' })).toBe('cafe | ');
    expect(shown({ query: ' farm milk ' })).toBe('milk2 | ');
    expect(shown({ query: 'nothing' })).toBe(' | ');
  });

  test('what is being written in stays, and where it was', () => {
    const held: [string, Held] = ['bread', { item: items[1]!, wasDone: false }];
    expect(shown({ filter: 'overdue', query: 'milk' }, [held])).toBe('milk bread | ');
  });
});

describe('holdOrder', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => itemOf({ id })) as [ReturnType<typeof itemOf>, ...ReturnType<typeof itemOf>[]];

  test('what was there does not move, and what is gone is gone', () => expect(ids(holdOrder([a, b!, c!], [c!, a]))).toBe('a c'));
  test('newcomers stand behind whom they follow', () => {
    expect(ids(holdOrder([a, b!], [b!, d!, c!, a]))).toBe('a b d c');
    expect(ids(holdOrder([a, b!], [d!, b!, a]))).toBe('d a b');
  });
});

test('items can be moved in their own order only, with nothing searched', () => {
  expect(isMovable({ filter: 'open', sort: 'own', query: ' ' })).toBe(true);
  expect(isMovable({ filter: 'all', sort: 'due', query: '' })).toBe(false);
  expect(isMovable({ filter: 'mine', sort: 'own', query: '' })).toBe(false);
  expect(isMovable({ filter: 'all', sort: 'own', query: 'x' })).toBe(false);
});
