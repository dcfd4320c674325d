// The built-in accounts of the real server, from a program that keeps its own cookies.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account, connect, RequestError } from '../src/index.js';
import { until } from './support/events.js';
import { startServer, type TestServer } from './support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const password = 'correct horse battery staple';

test('an account signs in, brings fresh tokens, and signs out everywhere', async () => {
  const account = new Account(server.url);
  await account.register('ann@example.org', password, 'Ann');
  const user_id = await account.login('ann@example.org', password);
  const [first, fresh] = [await account.tokenSource(null), await account.tokenSource('ends_soon')];
  expect([typeof first, typeof fresh, first === fresh]).toEqual(['string', 'string', false]);
  const client = await connect({ url: server.url, token: account.tokenSource, reconnect: { firstMs: 10, maxMs: 50 } });
  await client.settled();
  expect([client.user_id, client.lists().map(({ name }) => name)]).toEqual([user_id, ['My TODOs']]);

  await account.logout();

  await until(client, () => client.status.state === 'ended', 'the end of the login');
  expect(client.status.reason).toBe('no_token');
  expect(await account.tokenSource(null)).toBeNull();
  await client.close();
});

test('an account says why it was refused', async () => {
  const account = new Account(server.url);
  await account.register('bob@example.org', password, 'Bob');

  const wrong = account.login('bob@example.org', 'wrong password');
  await expect(wrong).rejects.toThrow(RequestError);
  await expect(wrong).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(account.register('bob@example.org', password, 'Bob')).rejects.toMatchObject({ code: 'invalid_payload' });
});
