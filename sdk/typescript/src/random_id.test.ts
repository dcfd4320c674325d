import 'fake-indexeddb/auto';
import { afterEach, expect, test, vi } from 'vitest';
import { Client, IndexedDbStorage } from './index.js';
import { randomId } from './random_id.js';

afterEach(() => vi.unstubAllGlobals());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids are UUIDs, and none comes twice', () => {
  const ids = Array.from({ length: 100 }, randomId);
  expect(ids.filter((id) => !uuid.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(100);
});

test('a client works in a page that came over plain HTTP, where crypto.randomUUID is missing', async () => {
  const { crypto } = globalThis;
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => crypto.getRandomValues(bytes) });

  const client = new Client({ url: 'http://127.0.0.1:9', token: 'none', storage: new IndexedDbStorage('plain', { locks: null }) });

  expect(client.createList('Picnic')).toMatch(uuid);
  await client.close();
});
