import { expect, test } from 'vitest';
import { item, list_id, ListAuthority, user_id } from '../tests/support/fixtures.js';
import { compareItems } from './item.js';
import type { ItemChange } from './operation.js';
import { inOrder, viewOf, withItemChange, type ListView } from './overlay.js';
import { Replica } from './replica.js';
import type { Item } from './wire.js';

// Small numbers in a reproducible order.
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => ((state = (state * 48_271) % 2_147_483_647) >> 8) % sides;
}

const nameOf = (number: number) => `item-${number}`;
const positionOf = (number: number) => `a${String(number).padStart(3, '0')}`;

function randomChange(roll: (sides: number) => number): ItemChange {
  const item_id = nameOf(roll(40));
  const stored = item(item_id, { position: positionOf(roll(30)), name: `name-${roll(100)}` });
  switch (roll(4)) {
    case 0: return { event: 'add_item', list_id, item_id, item: stored };
    case 1: return { event: 'delete_item', list_id, item_id, item: stored };
    case 2: return { event: 'update_item', list_id, item_id, updates: { name: stored.name }, base: {} };
    default: return { event: 'update_item', list_id, item_id, updates: { position: stored.position }, base: {} };
  }
}

test('items stay in order whatever comes, goes and moves, and unchanged ones are the same objects', () => {
  const roll = dice(7);
  const items = new Map<string, Item>();
  let ordered: readonly Item[] = [];
  for (let round = 0; round < 300; ++round) {
    for (let count = roll(6); count > 0; --count) {
      const id = nameOf(roll(40));
      if (roll(3) === 0) items.delete(id);
      else items.set(id, item(id, { position: positionOf(roll(30)) }));
    }
    ordered = inOrder(items, ordered);
    expect(ordered).toEqual([...items.values()].sort(compareItems));
    expect(ordered.every((one) => items.get(one.id) === one)).toBe(true);
  }
});

test('what has not changed is given as it was', () => {
  const items = new Map([['a', item('a')], ['b', item('b')]]);
  const ordered = inOrder(items, []);
  expect(inOrder(new Map(items), ordered)).toBe(ordered);
});

test('one more change gives the same view as looking at everything again', () => {
  const roll = dice(11);
  const server = new ListAuthority(Array.from({ length: 20 }, (_, number) => item(nameOf(number), { position: positionOf(number) })));
  const replica = new Replica(server.snapshot());
  const ordered = inOrder(replica.items, []);
  const changes: ItemChange[] = [];
  let view = viewOf(list_id, replica, ordered, changes, user_id) as ListView;
  for (let round = 0; round < 300; ++round) {
    const change = randomChange(roll);
    changes.push(change);
    view = withItemChange(view, change);
    expect(view).toEqual(viewOf(list_id, replica, ordered, changes, user_id));
  }
});
