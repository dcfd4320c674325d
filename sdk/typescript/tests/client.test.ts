// SDK clients against the real server.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Client, connect, MemoryStorage, RequestError, type ClientOptions, type Conflict } from '../src/index.js';
import { until } from './support/events.js';
import { Proxy } from './support/proxy.js';
import { now, person, startServer, token, type TestServer } from './support/server.js';

let server: TestServer;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
afterAll(() => server.stop());

const quick = { firstMs: 10, maxMs: 50 };

async function clientOf(user: string, options: Partial<ClientOptions> = {}): Promise<Client> {
  const client = await connect({ url: server.url, token: token(user), reconnect: quick, transports: ['websocket'], ...options });
  open.push(client);
  return client;
}

async function joined(name: string, options: Partial<ClientOptions> = {}) {
  const user = person(name);
  const client = await clientOf(user, options);
  await client.settled();
  return { user, client };
}

// Its first connection breaks; then the network is whole.
async function joinedBehind(net: Proxy) {
  const client = await clientOf(person('cat'), { url: net.url });
  await net.broken();
  net.mend();
  return { client };
}

/** Ann and Bob on one list, each behind a network of their own. */
async function sharing() {
  const [annsNet, bobsNet] = [await Proxy.before(server), await Proxy.before(server)];
  open.push(annsNet, bobsNet);
  const storage = new MemoryStorage();
  const ann = await joined('ann', { url: annsNet.url, storage });
  const bob = await joined('bob', { url: bobsNet.url });
  const list_id = ann.client.createList('Picnic');
  await ann.client.settled();
  await ann.client.sharing.share(list_id, { user_id: bob.user }, 'editor');
  await until(bob.client, () => bob.client.list(list_id) !== null, 'the shared list');
  return { ann: ann.client, bob: bob.client, annsUser: ann.user, bobsUser: bob.user, annsNet, bobsNet, list_id, storage };
}

const names = (client: Client, list_id: string) => client.list(list_id)?.items.map(({ name }) => name);
const has = (client: Client, list_id: string, item_id: string, fields: object) =>
  until(client, () => Object.entries(fields).every(([key, value]) => (client.item(list_id, item_id) as never)?.[key] === value), JSON.stringify(fields));

describe('a client', () => {
  test('has the lists of its user, and makes changes that others see', async () => {
    const { ann, bob, list_id } = await sharing();

    const milk = ann.addItem(list_id, { name: ' Milk ', description: 'two' });
    expect(names(ann, list_id)).toEqual(['Milk']);
    await has(bob, list_id, milk, { name: 'Milk', description: 'two' });
    bob.updateItem(list_id, milk, { done: true });
    await has(ann, list_id, milk, { status: 'completed', done: true });
    const bread = ann.addItem(list_id, { name: 'Bread' }, { after: null });
    await until(bob, () => names(bob, list_id)?.join() === 'Bread,Milk', 'the order');
    bob.moveItem(list_id, bread, { after: milk });
    await until(ann, () => names(ann, list_id)?.join() === 'Milk,Bread', 'the order');
    ann.renameList(list_id, 'Lunch');
    ann.deleteItem(list_id, milk);
    await until(bob, () => bob.list(list_id)?.name === 'Lunch' && names(bob, list_id)?.join() === 'Bread', 'name and deletion');

    expect(ann.lists().map(({ name, item_count }) => [name, item_count])).toEqual([['Lunch', 1], ['My TODOs', 0]]);
  });

  test('undoes and redoes, and brings back what is in the trash', async () => {
    const { client } = await joined('ann');
    const { list_id } = client.lists()[0]!;
    const milk = client.addItem(list_id, { name: 'Milk' });
    await client.settled();
    client.deleteItem(list_id, milk);
    await client.settled();
    expect((await client.trash(list_id)).items?.map(({ name }) => name)).toEqual(['Milk']);

    client.undo();
    await client.settled();
    expect(names(client, list_id)).toEqual(['Milk']);
    client.undo();
    await client.settled();
    client.redo();
    await client.settled();

    const fresh = await clientOf(client.user_id);
    await fresh.settled();
    expect(names(fresh, list_id)).toEqual(['Milk']);
  });

  test('deletes a list and brings it back', async () => {
    const { client } = await joined('ann');
    const list_id = client.createList('Short');
    client.addItem(list_id, { name: 'still here' });
    await client.settled();
    client.deleteList(list_id);
    await client.settled();
    expect((await client.trash()).lists?.map(({ list_name }) => list_name)).toEqual(['Short']);

    client.undo();
    await until(client, () => names(client, list_id)?.join() === 'still here', 'the restored list');
  });

  test('tells who is there', async () => {
    const { ann, bob, bobsUser, list_id } = await sharing();

    bob.tellPresence(list_id, { state: 'editing' });

    await until(ann, () => ann.presence(list_id).some(({ user_id, state }) => user_id === bobsUser && state === 'editing'), 'Bob in presence');
  });

  test('tells of a list that somebody shares, but not of another role in it', async () => {
    const { ann, list_id } = await sharing();
    const dan = await joined('dan');
    const told: string[] = [];
    dan.client.on('shared', ({ list_id }) => told.push(list_id));

    await ann.sharing.share(list_id, { user_id: dan.user }, 'viewer');
    await until(dan.client, () => dan.client.list(list_id)?.role === 'viewer', 'the list');
    await ann.sharing.share(list_id, { user_id: dan.user }, 'editor');
    await until(dan.client, () => dan.client.list(list_id)?.role === 'editor', 'the other role');

    expect(told).toEqual([list_id]);
  });

  test('shares by a link, and hears when it is no longer a member', async () => {
    const { ann, list_id } = await sharing();
    const cat = await joined('cat');
    const { code, link_id } = await ann.sharing.createLink(list_id, 'viewer');
    expect(await ann.sharing.links(list_id)).toMatchObject([{ link_id, role: 'viewer' }]);

    expect(await cat.client.sharing.acceptLink(code!)).toBe(list_id);
    await until(cat.client, () => cat.client.list(list_id)?.role === 'viewer', 'the list');
    await ann.sharing.unshare(list_id, cat.user);
    await until(cat.client, () => cat.client.list(list_id) === null, 'the loss of the list');

    await expect(cat.client.sharing.share(list_id, { user_id: 'x' }, 'viewer')).rejects.toThrow(RequestError);
  });

  test('takes a change back that is refused, and says why', async () => {
    const { ann, bob, bobsUser, list_id } = await sharing();
    await ann.sharing.share(list_id, { user_id: bobsUser }, 'viewer');
    await until(bob, () => bob.list(list_id)?.role === 'viewer', 'the role');
    const refusals: string[] = [];
    bob.on('refused', ({ change, error }) => refusals.push(`${change.event}: ${error.code}`));

    bob.addItem(list_id, { name: 'not allowed' });
    await bob.settled();

    expect([refusals, names(bob, list_id)]).toEqual([['add_item: forbidden'], []]);
  });
});

describe('without a network', () => {
  test('goes on, and catches up with a delta', async () => {
    const { ann, bob, annsNet, list_id } = await sharing();
    const milk = ann.addItem(list_id, { name: 'Milk' });
    await Promise.all([ann.settled(), has(bob, list_id, milk, { name: 'Milk' })]);

    annsNet.cut();
    await until(ann, () => ann.status.state === 'connecting', 'the loss');
    const bread = ann.addItem(list_id, { name: 'Bread' });
    ann.updateItem(list_id, bread, { name: 'Rye bread' });
    ann.updateItem(list_id, milk, { description: 'from Ann' });
    bob.updateItem(list_id, milk, { name: 'Oat milk' });
    await bob.settled();
    expect(ann.pendingCount).toBe(2);
    annsNet.mend();
    await ann.settled();

    await has(bob, list_id, bread, { name: 'Rye bread' });
    for (const client of [ann, bob]) await has(client, list_id, milk, { name: 'Oat milk', description: 'from Ann' });
    expect(ann.conflicts()).toEqual([]);
  });

  test('tells a conflict as data, keeps theirs, and makes mine when told so', async () => {
    const { ann, bob, annsNet, list_id } = await sharing();
    const milk = ann.addItem(list_id, { name: 'Milk' });
    await Promise.all([ann.settled(), has(bob, list_id, milk, { name: 'Milk' })]);
    const told: Conflict[] = [];
    ann.on('conflict', (conflict) => told.push(conflict));

    annsNet.cut();
    await until(ann, () => ann.status.state === 'connecting', 'the loss');
    ann.updateItem(list_id, milk, { name: 'Mine', due_date: '2030-01-01' });
    bob.updateItem(list_id, milk, { name: 'Theirs' });
    await bob.settled();
    annsNet.mend();
    await ann.settled();

    expect(told).toMatchObject([{ base: { name: 'Milk' }, mine: { name: 'Mine' }, theirs: { name: 'Theirs' } }]);
    await has(bob, list_id, milk, { name: 'Theirs', due_date: '2030-01-01' });
    ann.settleConflict(told[0]!.conflict_id, 'mine');
    await has(bob, list_id, milk, { name: 'Mine' });
    expect(ann.conflicts()).toEqual([]);
  });

  test('restarts from its storage: what was there is seen, what waited is sent', async () => {
    const { ann, bob, annsNet, annsUser, list_id, storage } = await sharing();
    annsNet.cut();
    await until(ann, () => ann.status.state === 'connecting', 'the loss');
    const milk = ann.addItem(list_id, { name: 'Milk' });
    await ann.close();

    const heir = await clientOf(annsUser, { url: annsNet.url, storage });
    expect([heir.list(list_id)?.name, names(heir, list_id), heir.pendingCount]).toEqual(['Picnic', ['Milk'], 1]);
    annsNet.mend();
    await heir.settled();

    await has(bob, list_id, milk, { name: 'Milk', created_by: annsUser });
  });

  test('sends again what was not answered, and it is done once', async () => {
    const { ann, bob, annsNet, list_id } = await sharing();
    const milk = ann.addItem(list_id, { name: 'Milk' });
    await has(bob, list_id, milk, { name: 'Milk' });

    await ann.trash(list_id);  // nothing else is on its way to Ann that would be cut instead
    annsNet.cutAfter(1);
    ann.updateItem(list_id, milk, { name: 'Once' });
    await has(bob, list_id, milk, { name: 'Once' });
    bob.updateItem(list_id, milk, { name: 'After that' });
    await bob.settled();
    expect(ann.pendingCount).toBe(1);
    annsNet.mend();
    await ann.settled();

    expect([ann.item(list_id, milk)?.name, bob.item(list_id, milk)?.name, ann.conflicts()]).toEqual(['After that', 'After that', []]);
  });

  test('comes back at once from a connection that breaks while it opens, wherever that is', async () => {
    const net = await Proxy.before(server);
    open.push(net);
    for (let bytes = 1; bytes < 700; bytes += 40) {
      net.cutAfter(bytes);
      const { client } = await joinedBehind(net);
      await client.settled(5_000);
    }
  });

  test('says so when something needs a connection', async () => {
    const { ann, annsNet } = await sharing();
    const impatient = new Client({ url: annsNet.url, token: token(person('cat')), answerMs: 50, reconnect: quick });
    open.push(impatient);
    annsNet.cut();

    await expect(impatient.trash()).rejects.toMatchObject({ code: 'offline' });
    expect(ann.lists().length).toBeGreaterThan(0);
  });

  test('goes on through a restart and a crash of the server', async () => {
    const { ann, bob, list_id } = await sharing();
    await server.restart();
    const milk = ann.addItem(list_id, { name: 'Milk' });
    await has(bob, list_id, milk, { name: 'Milk' });
    await server.kill();
    bob.updateItem(list_id, milk, { name: 'Oat milk' });
    await server.launch();
    await has(ann, list_id, milk, { name: 'Oat milk' });
  });

  test('drops what it has of a list that a restored backup knows otherwise', async () => {
    const { client } = await joined('ann');
    const { list_id } = client.lists()[0]!;
    client.addItem(list_id, { name: 'saved' });
    await client.settled();
    const backup = `/${(process.env['TMPDIR'] ?? '/tmp').replace(/^\//, '')}/sdk-backup-${process.pid}.db`;
    await server.command('backup', backup);
    client.addItem(list_id, { name: 'lost' });
    await client.settled();

    await server.halt();
    await server.command('restore', backup);
    await server.launch();

    await until(client, () => names(client, list_id)?.join() === 'saved', 'the restored state');
    client.addItem(list_id, { name: 'after' });
    await client.settled();
    expect(names(client, list_id)).toEqual(['saved', 'after']);
  });
});

describe('the token', () => {
  test('is renewed on the live connection before it ends', async () => {
    const user = person('ann');
    const asked: (string | null)[] = [];
    const renewed = new Promise<void>((resolve) => {
      const source = (reason: string | null) => {
        asked.push(reason);
        if (asked.length === 3) resolve();
        return token(user, { exp: now() + 3 });
      };
      void clientOf(user, { token: source }).then((client) => client.on('status', ({ state }) => asked.push(state)));
    });

    await renewed;

    expect(asked).toEqual([null, 'live', 'ends_soon']);
  });

  test('is asked for anew when it was refused, and it ends when there is none', async () => {
    const user = person('ann');
    const sources = [token(user, { exp: now() - 3600 }), token(user)];
    const client = await clientOf(user, { token: () => sources.shift() ?? null });
    await client.settled();

    const other = await clientOf(user, { token: () => null });
    expect(other.status).toEqual({ state: 'ended', reason: 'no_token' });
    const wrong = await clientOf(user, { token: 'nonsense' });
    await until(wrong, () => wrong.status.state === 'ended', 'the end');
    expect(wrong.status.reason).toBe('token_refused');
    await expect(wrong.settled()).rejects.toThrow('token_refused');
  });

  test('of somebody else does not send what this user left here', async () => {
    const storage = new MemoryStorage();
    const ann = await joined('ann', { storage });
    await ann.client.close();

    const bob = await clientOf(person('bob'), { storage });
    await until(bob, () => bob.status.state === 'ended', 'the end');

    expect(bob.status.reason).toBe('other_user');
  });
});
