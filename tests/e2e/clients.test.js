// Every client library over every transport: what a newcomer does first.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, connectionRefusal, person, transports, versions } from './support/client.js';
import { serverForAllTests } from './support/suite.js';

const server = serverForAllTests();

for (const version of versions) {
  for (const transport of transports) {
    describe(`socket.io-client ${version} over ${transport}`, () => {
      test('connects, joins, adds, updates and deletes', async () => {
        const client = await connect(server.current, person('newcomer'), { version, transport });
        assert.equal(client.connected.user_id, client.user);

        await client.ok('join', {});
        const { lists } = await client.next('user_lists');
        const [{ list_id, list_name }] = lists;
        assert.equal(list_name, 'My TODOs');
        assert.deepEqual(client.log.map((one) => one.event), ['connected', 'list_snapshot', 'user_lists', '(ack of join)']);

        const added = await client.ok('add_item', { list_id, name: 'Größe 🍋', description: 'two bottles' });
        const { item, rev } = await client.next('item_added');
        assert.equal(item.name, 'Größe 🍋');
        assert.equal(added.rev, rev);

        const updated = await client.ok('update_item', { list_id, item_id: item.id, updates: { done: true }, client_rev: String(rev) });
        const update = await client.next('item_updated');
        assert.equal(update.item.status, 'completed');
        assert.deepEqual([update.rev, update.prev_rev], [updated.rev, rev]);

        await client.ok('delete_item', { list_id, item_id: item.id });
        const deletion = await client.next('item_deleted');
        assert.deepEqual([deletion.item_id, deletion.prev_rev], [item.id, update.rev]);

        assert.equal(client.transport, transport === 'polling' ? 'polling' : 'websocket');
        client.close();
      });

      test('is told why a bad token is refused', async () => {
        const refusal = await connectionRefusal(server.current, 'nonsense', { version, transport });

        assert.deepEqual({ event: refusal.event, code: refusal.code }, { event: 'auth_error', code: 'token_invalid' });
      });

      test('carries a large payload both ways', async () => {
        const client = await connect(server.current, person('large'), { version, transport });
        await client.ok('join');
        const [{ list_id }] = (await client.next('user_lists')).lists;
        const description = 'ä'.repeat(2000);

        const ops = Array.from({ length: 100 }, (_, i) => ({ event: 'add_item', data: { list_id, name: `Item ${i}`, description } }));
        const { replies } = await client.ok('batch', { ops });

        assert.equal(replies.filter((reply) => reply.ok).length, 100);
        await client.ok('join_list', { list_id });
        const snapshot = await client.next('list_snapshot', (data) => Object.keys(data.items).length === 100);
        assert.ok(Object.values(snapshot.items).every((item) => item.description === description));
        client.close();
      });
    });
  }
}

test('clients of every version and transport see the same events of a list', async () => {
  const user = person('many-devices');
  const devices = [];
  for (const version of versions) {
    for (const transport of transports) {
      const device = await connect(server.current, user, { version, transport });
      await device.ok('join');
      devices.push(device);
    }
  }
  const [{ list_id }] = (await devices[0].next('user_lists')).lists;

  for (let i = 0; i < 20; ++i) await devices[i % devices.length].ok('add_item', { list_id, name: `Item ${i}` });

  for (const device of devices) {
    for (let i = 0; i < 20; ++i) await device.next('item_added');
    const revs = device.log.filter((one) => one.event === 'item_added').map((one) => [one.data.prev_rev, one.data.rev]);
    assert.equal(revs.length, 20);
    for (let i = 1; i < revs.length; ++i) assert.equal(revs[i][0], revs[i - 1][1]);
    assert.equal(device.log.filter((one) => one.event === 'user_lists').length, 1);
    device.close();
  }
});
