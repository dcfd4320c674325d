import { expect, test } from 'vitest';
import { item, list_id } from '../tests/support/fixtures.js';
import { newOperation } from './operation.js';
import { Journal, MemoryStorage, type StateChanges } from './storage.js';

const operation = newOperation('op', 1, { event: 'add_item', list_id, item_id: 'milk', item: item('milk') });

test('an operation is given to the storage at once, whatever is still being saved', async () => {
  const given: StateChanges[] = [];
  const storage = new MemoryStorage();
  storage.save = (changes) => {
    given.push(changes);
    return new Promise(() => undefined);
  };
  const journal = new Journal(storage, () => null, (error) => expect.unreachable(String(error)));
  void journal.flush();
  journal.user('ann');
  await Promise.resolve();

  journal.operation('op', operation);
  await Promise.resolve();

  expect(given.map(({ user_id, operations }) => [user_id, [...operations.keys()]])).toEqual([['ann', []], [undefined, ['op']]]);
});

test('one save that fails is told, and holds up none of the others', async () => {
  const errors: unknown[] = [];
  const storage = new MemoryStorage();
  const save = storage.save.bind(storage);
  storage.save = (changes) => (changes.user_id === undefined ? save(changes) : Promise.reject(new Error('full')));
  const journal = new Journal(storage, () => null, (error) => errors.push(error));

  journal.user('ann');
  await Promise.resolve();
  journal.operation('op', operation);
  await journal.written();

  expect(errors).toEqual([new Error('full')]);
  expect((await storage.load()).operations).toEqual([operation]);
});
