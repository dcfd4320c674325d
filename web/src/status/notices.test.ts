import { Client } from '@collab-todo/client';
import { beforeAll, expect, test } from 'vitest';
import { startI18n } from '../i18n';
import { refusalSentence } from './notices';

beforeAll(startI18n);

const forbidden = { event: 'permission_error', code: 'forbidden', message: 'You are not a member of this list' };

test('a refusal names what was refused, and why', async () => {
  const client = new Client({ url: 'http://127.0.0.1:9', token: 'none' });
  const list_id = client.createList('Picnic');
  const item_id = client.addItem(list_id, { name: 'Milk' });
  const why = 'This list is not, or no longer, shared with you.';
  const sentence = (change: Parameters<typeof refusalSentence>[1]['change']) => refusalSentence(client, { op_id: 'a', change, error: forbidden });

  expect(sentence({ event: 'update_list', list_id, name: 'Garden', base: 'Picnic' })).toBe(`The list could not be renamed to “Garden”. ${why}`);
  expect(sentence({ event: 'delete_list', list_id })).toBe(`The list “Picnic” could not be deleted. ${why}`);
  expect(sentence({ event: 'add_item', list_id, item_id, item: client.item(list_id, item_id)! })).toBe(`“Milk” could not be added. ${why}`);
  expect(sentence({ event: 'update_item', list_id, item_id, updates: { done: true }, base: {} })).toBe(`The change of “Milk” could not be saved. ${why}`);
  await client.close();
});
