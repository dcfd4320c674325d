// Two servers and a worker around a Redis cluster of three masters with a replica each, and one PostgreSQL.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { closeAll, person } from './support/client.js';
import { until } from './support/deadline.js';
import { listIdIn, partitionOf, RedisCluster } from './support/redis_cluster.js';
import { TestServer } from './support/server.js';
import { assertNothingLost, assertOneList, Person, Traffic } from './support/traffic.js';
import { Worker } from './support/worker.js';

const health = async (server) => (await fetch(`${server.url}/health`)).json();

describe('a cluster', { timeout: 240_000 }, () => {
  let cluster, one, two, worker;
  before(async () => {
    cluster = await RedisCluster.start();
    one = await TestServer.start({ WORKER: 'off' }, { redis: cluster });
    two = await one.another();
    worker = await Worker.start(one);
  });
  after(async () => {
    closeAll();
    await worker.halt();
    await two.stop();
    await one.stop();
  });

  const ownerOf = (listId) => cluster.ownerOf(cluster.slotOf(partitionOf(listId)));

  /** A person at each server, and lists that both have: one in each of the first so many partitions. */
  async function coupleWithLists(count) {
    const ann = await Person.come(one, person('ann'));
    const bob = await Person.come(two, person('bob'));
    const lists = [];
    for (let n = 0; n < count; ++n) {
      const list_id = listIdIn(n);
      await ann.client.ok('create_list', { list_id, name: `List ${n}` });
      await ann.client.ok('share_list', { list_id, shared_user_id: bob.user, role: 'editor' });
      await bob.client.next('list_shared_with_you', (data) => data.list_id === list_id);
      lists.push(list_id);
    }
    return { ann, bob, lists };
  }

  test('lists on all nodes are edited at both servers, and who joins sees them', async () => {
    const { ann, bob, lists } = await coupleWithLists(16);
    const nodes = new Set(lists.map(ownerOf));
    assert.equal(nodes.size, 3, 'each node has some');
    await Promise.all(lists.flatMap((list_id) => [
      ann.client.ok('add_item', { list_id, name: 'from ann' }), bob.client.ok('add_item', { list_id, name: 'from bob' }),
    ]));
    const people = [ann, bob, await Person.come(one, bob.user), await Person.come(two, ann.user)];
    for (const list_id of lists) {
      const rows = await assertOneList(one, list_id, people);
      assert.deepEqual([...rows.values()].map((row) => row.name).sort(), ['from ann', 'from bob']);
    }
    assert.equal(cluster.waiting(), 0, 'the worker reads the streams of every node');
  });

  test('a slot moves under traffic: nothing that was acknowledged is lost or doubled', async () => {
    const { ann, bob, lists: [list_id] } = await coupleWithLists(1);
    const partition = partitionOf(list_id);
    const slot = cluster.slotOf(partition);
    const from = cluster.ownerOf(slot);
    const to = cluster.nodes.find((node) => node.info('role') === 'master' && node !== from);
    const traffics = [ann, bob].map((who) => new Traffic(who, list_id));
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));

    cluster.beginMigration(slot, from, to);
    const moved = await cluster.migrateKeys(slot, from, to, () => setTimeout(100));  // so that the traffic meets each state between
    // All of it is at the new node, and the subscriptions are not: nobody hears what he does not look for.
    await Promise.all(traffics.map((traffic) => traffic.goOn(1)));
    await cluster.endMigration(slot, to);
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
    for (const traffic of traffics) await traffic.stop();

    assert.ok(moved >= 5, 'list, ops, stream, era');
    assert.equal(cluster.ownerOf(slot), to);
    assertNothingLost(await assertOneList(one, list_id, [ann, bob]), ...traffics);
    assert.equal(Number(cluster.cli('HGET', `${partition}:list:${list_id}`, 'n')), 0);
  });

  test('who connects while a slot moves serves the lists of the others, and these when it has moved', async () => {
    const { ann, bob, lists } = await coupleWithLists(16);
    const [moving] = lists;
    const staying = lists.find((list_id) => ownerOf(list_id) === ownerOf(moving) && partitionOf(list_id) !== partitionOf(moving));
    const slot = cluster.slotOf(partitionOf(moving));
    const from = ownerOf(moving);
    const to = cluster.nodes.find((node) => node.info('role') === 'master' && node !== from);
    cluster.beginMigration(slot, from, to);
    assert.equal(from.cli('MIGRATE', '127.0.0.1', String(to.port), `${partitionOf(moving)}:era`, '0', '5000'), 'OK');

    // Whoever connects now learns the era of the other partitions, and that of this one later.
    from.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await bob.insist('add_item', { list_id: staying, name: 'while another moves' });
    await until(async () => (await health(two)).redis === 'ok', 'it is connected to every node');
    await bob.client.refused('add_item', { list_id: moving, name: 'while it moves' }, 'error', 'unavailable');
    await cluster.migrateKeys(slot, from, to);
    await cluster.endMigration(slot, to);
    await bob.insist('add_item', { list_id: moving, name: 'when it has moved' });
    for (const list_id of [staying, moving]) await assertOneList(one, list_id, [ann, bob]);
  });

  test('kill -9 of a master: its replica goes on, and only its lists begin an era', async () => {
    const { ann, bob, lists } = await coupleWithLists(16);
    const master = ownerOf(lists[0]);
    const hit = lists[0], spared = lists.find((list_id) => ownerOf(list_id) !== master);
    const traffics = [ann, bob].flatMap((who) => [hit, spared].map((list_id) => new Traffic(who, list_id)));
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
    const epochs = [hit, spared].map((list_id) => ann.list(list_id).epoch);

    await master.kill();
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
    for (const traffic of traffics) await traffic.stop();

    for (const list_id of [hit, spared]) {
      const rows = await assertOneList(one, list_id, [ann, bob]);
      assertNothingLost(rows, ...traffics.filter((traffic) => traffic.listId === list_id));
    }
    assert.ok(ann.list(hit).epoch > epochs[0], 'who had seen more than the replica learns that he has to look');
    assert.equal(ann.list(spared).epoch, epochs[1]);
    await until(async () => (await health(one)).redis === 'ok' && (await health(two)).redis === 'ok', 'both are well again');
  });

  test('a node that nobody replaces takes its own slots with it, and no others', async () => {
    const { ann, bob, lists } = await coupleWithLists(16);
    for (const node of cluster.nodes) if (cluster.isRunning(node)) node.cli('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
    const alone = cluster.nodes.find((node) => cluster.isRunning(node) && node.info('role') === 'master' && !cluster.replicaOf(node));
    const lost = lists.find((list_id) => ownerOf(list_id) === alone), kept = lists.find((list_id) => ownerOf(list_id) !== alone);
    cluster.waitUntilDrained();
    await alone.kill();

    try {
      for (const node of cluster.nodes) if (cluster.isRunning(node)) node.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await ann.client.refused('add_item', { list_id: lost, name: 'no' }, 'error', 'unavailable');
      await bob.insist('add_item', { list_id: kept, name: 'yes' });
      assert.notEqual((await health(two)).redis, 'ok', 'it says so');
    } finally {
      await alone.launch();
    }
    await ann.insist('add_item', { list_id: lost, name: 'again' });
    await assertOneList(one, lost, [ann, bob]);
  });
});
