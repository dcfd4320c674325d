import { expect, test, vi } from 'vitest';
import { item, list_id, snapshot } from '../tests/support/fixtures.js';
import { MemoryStorage } from './storage.js';
import { Store } from './store.js';

test('a burst of what the server says is told twice: at once, and when it is over', async () => {
  vi.useFakeTimers();
  const store = new Store({ storage: new MemoryStorage() });
  const told: number[] = [];
  store.on('list', () => told.push(store.list(list_id)!.items.length));

  store.receiveSnapshot(snapshot([], { rev: 100 }));
  for (let n = 1; n <= 50; ++n) {
    const live = { event: 'item_added', data: { list_id, item: item(`item-${n}`), prev_rev: 99 + n, rev: 100 + n, user_id: 'bob', op_id: null } } as const;
    expect(store.receiveEvent(live)).toBe('applied');
  }
  expect(store.list(list_id)?.items).toHaveLength(50);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(told).toEqual([0, 50]);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await store.close();
});
