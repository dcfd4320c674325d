// The proxies of ops/proxy in front of two servers: every transport, clients that find their server again, and a server that goes.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeAll, connect, person, transports } from './support/client.js';
import { until } from './support/deadline.js';
import { Caddy, Nginx } from './support/proxy.js';
import { twoServersForAllTests } from './support/suite.js';

const connections = async (server) => (await (await fetch(`${server.url}/health`)).json()).connections.total_connections;
const addresses = Array.from({ length: 16 }, (_, n) => `127.0.7.${n + 1}`);

for (const [name, Kind] of Object.entries({ nginx: Nginx, caddy: Caddy })) {
  describe(name, { timeout: 120_000 }, () => {
    // Fewer connections from one address than there are clients here: were they not told apart, most would be refused.
    const servers = twoServersForAllTests({ TRUSTED_PROXIES: '127.0.0.1', LIMIT_CONNECTIONS_PER_IP: '4' });
    const proxy = new Kind();
    before(() => proxy.start([servers.current, servers.other]));
    after(() => proxy.stop());

    const join = async (user, transport, address) => {
      const client = await connect(proxy, user, { transport, agent: proxy.agentFrom(address) });
      await client.ok('join');
      return client;
    };

    for (const transport of transports) {
      test(`clients from many addresses reach both servers by ${transport}, stay at theirs, and hear each other`, async () => {
        const user = person('ann');
        const first = await join(user, transport, addresses[0]);
        const { lists } = await first.next('user_lists');
        const clients = [first, ...await Promise.all(addresses.slice(1).map((address) => join(user, transport, address)))];
        const [here, there] = [await connections(servers.current), await connections(servers.other)];
        assert.ok(here > 0 && there > 0 && here + there === clients.length, `${here} and ${there}`);

        for (const [n, client] of clients.entries()) await client.ok('add_item', { list_id: lists[0].list_id, name: `item ${n}` });
        for (const client of clients)
          for (const n of clients.keys()) await client.next('item_added', (data) => data.item.name === `item ${n}`);
        closeAll();
        await until(async () => await connections(servers.current) + await connections(servers.other) === 0, 'all are gone');
      });
    }

    test('clients of a server that ends come back to the other at once', async () => {
      const user = person('ann');
      const clients = await Promise.all(addresses.map((address) => join(user, 'websocket', address)));
      const left = await connections(servers.other);
      assert.ok(left > 0);
      await servers.other.halt();
      await until(() => clients.filter((client) => client.log.some((entry) => entry.event === '(disconnect)')).length === left, 'they are told');
      assert.equal(await connections(servers.current), clients.length - left);

      for (const transport of ['polling', 'websocket']) {
        const again = await Promise.all(addresses.map((address) => join(user, transport, address)));
        assert.equal(again.length, addresses.length);
      }
      assert.equal(await connections(servers.current), 3 * clients.length - left);
      closeAll();
      await servers.other.launch();
    });

    test('figures are not for everybody', async () => {
      assert.equal((await proxy.get('/metrics')).status, 404);
      assert.equal((await proxy.get('/health')).status, 200);
    });

    if (Kind === Nginx) {
      test('who comes without TLS is sent to it', async () => {
        const plain = await proxy.get('/docs', proxy.plainUrl);
        assert.deepEqual(plain, { status: 301, location: 'https://127.0.0.1/docs' });
      });
    }
  });
}
