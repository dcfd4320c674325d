// The built-in accounts of the real server, from a program that keeps its own cookies.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account, claimsOf, connect, RequestError } from '../src/index.js';
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

test('an account tells who it is, and its new name reaches the members of its lists', async () => {
  const [ann, bob] = [new Account(server.url), new Account(server.url)];
  await ann.register('anna@example.org', password, 'Ann');
  await bob.register('bobby@example.org', password, 'Bob');
  const [ann_id, bob_id] = [await ann.login('anna@example.org', password), await bob.login('bobby@example.org', password)];
  expect(await ann.me()).toEqual({ user_id: ann_id, email: 'anna@example.org', name: 'Ann' });
  const clients = [await connect({ url: server.url, token: ann.tokenSource }), await connect({ url: server.url, token: bob.tokenSource })] as const;
  const list_id = clients[0].createList('Shared');
  await clients[0].settled();
  await clients[0].sharing.share(list_id, { user_id: bob_id }, 'viewer');
  const seen = () => clients.map((client) => client.list(list_id)?.members.find(({ user_id }) => user_id === ann_id)?.name);
  await until(clients[1], () => seen()[1] === 'Ann', 'the shared list');

  expect(await ann.rename(' Anna ')).toEqual({ user_id: ann_id, email: 'anna@example.org', name: 'Anna' });

  for (const [index, client] of clients.entries()) await until(client, () => seen()[index] === 'Anna', 'the new name');
  expect(claimsOf((await ann.tokenSource(null)) ?? '')).toMatchObject({ name: 'Anna' });
  for (const client of clients) await client.close();
});

test('an account changes its password, and ends every login', async () => {
  const [here, elsewhere] = [new Account(server.url), new Account(server.url)];
  await here.register('carl@example.org', password, 'Carl');
  for (const account of [here, elsewhere]) await account.login('carl@example.org', password);
  await here.changePassword(password, 'another good one');
  expect([await here.tokenSource('ends_soon') === null, await elsewhere.tokenSource('ends_soon') === null]).toEqual([false, true]);
  await elsewhere.login('carl@example.org', 'another good one');
  const client = await connect({ url: server.url, token: here.tokenSource, reconnect: { firstMs: 10, maxMs: 50 } });

  await elsewhere.logoutEverywhere();

  await until(client, () => client.status.state === 'ended', 'the end of the login');
  expect([await here.tokenSource(null), await elsewhere.tokenSource(null)]).toEqual([null, null]);
  await expect(here.me()).rejects.toMatchObject({ code: 'unauthorized' });
  await here.logout();  // has ended already
  await client.close();
});

test('a refusal says which fields are wrong, and the server what it asks for', async () => {
  const account = new Account(server.url);
  const refusal: unknown = await account.register('no address', 'short', ' ').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RequestError);
  expect(Object.keys((refusal as RequestError).fields)).toEqual(['email', 'password', 'name']);
  const { password_min } = await account.config();
  expect((refusal as RequestError).fields['password']).toContain(String(password_min));
  expect(await account.config()).toEqual({ registration: 'open', password_min: 8, password_max: 128, name_max: 100 });

  await account.register('dora@example.org', password, 'Dora');
  await account.login('dora@example.org', password);
  const wrong: unknown = await account.changePassword('not that one', password).catch((error: unknown) => error);
  expect(Object.keys((wrong as RequestError).fields)).toEqual(['current_password']);
});
