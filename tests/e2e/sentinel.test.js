// Two servers and a worker around a Redis master with a replica, three sentinels, and one PostgreSQL. Each test ends with another master.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeAll, person, uuid } from './support/client.js';
import { until } from './support/deadline.js';
import { RedisSentinels } from './support/redis_sentinels.js';
import { TestServer } from './support/server.js';
import { assertNothingLost, assertOneList, Person, Traffic } from './support/traffic.js';
import { Worker } from './support/worker.js';

const health = async (server) => (await fetch(`${server.url}/health`)).json();

describe('sentinels', { timeout: 240_000 }, () => {
  let redis, one, two, worker, ann, bob;
  before(async () => {
    redis = await RedisSentinels.start();
    one = await TestServer.start({ WORKER: 'off' }, { redis });
    two = await one.another();
    worker = await Worker.start(one);
    ann = await Person.come(one, person('ann'));
    bob = await Person.come(two, person('bob'));
  });
  after(async () => {
    closeAll();
    await worker.halt();
    await two.stop();
    await one.stop();
  });

  /** A list of both, with an item. */
  async function sharedList() {
    const { list_id } = await ann.insist('create_list', { name: 'Shared' });
    await ann.insist('share_list', { list_id, shared_user_id: bob.user, role: 'editor' });
    await bob.client.next('list_shared_with_you', (data) => data.list_id === list_id);
    await ann.insist('add_item', { list_id, name: 'first' });
    return list_id;
  }
  const namesOf = (rows) => [...rows.values()].map((row) => row.name).sort();
  const isWell = async () => (await health(one)).redis === 'ok' && (await health(two)).redis === 'ok';

  test('kill -9 of the master: edits go on at the replica, nothing is lost, and an era begins', async () => {
    const list_id = await sharedList();
    const traffics = [ann, bob].map((who) => new Traffic(who, list_id));
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
    const { epoch } = ann.list(list_id);

    const killed = await redis.failOver();
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
    for (const traffic of traffics) await traffic.stop();

    assertNothingLost(await assertOneList(one, list_id, [ann, bob]), ...traffics);
    for (const who of [ann, bob]) assert.ok(who.list(list_id).epoch > epoch);
    await until(isWell, 'both are well');
    await redis.bringBack(killed);
  });

  test('what the replica had not got comes back from the database', async () => {
    const list_id = await sharedList();
    redis.endReplication();
    const { rev } = await ann.insist('add_item', { list_id, name: 'not replicated' });
    redis.waitUntilDrained();

    const killed = await redis.failOver();
    assert.ok((await bob.insist('add_item', { list_id, name: 'after' })).rev > rev);

    assert.deepEqual(namesOf(await assertOneList(one, list_id, [ann, bob])), ['after', 'first', 'not replicated']);
    await redis.bringBack(killed);
  });

  test('what only the master had is lost: everybody is told by the epoch, sees the same, and no rev is given twice by a clock that lags', async () => {
    const list_id = await sharedList();
    redis.waitUntilDrained();
    await worker.halt();
    redis.endReplication();
    const { epoch } = ann.list(list_id);
    const op_id = uuid();
    const lost = [];
    for (let n = 0; n < 5; ++n) lost.push((await ann.insist('add_item', { list_id, name: `lost ${n}`, ...(n === 0 && { op_id }) })).rev);
    await until(() => bob.list(list_id).rev === lost.at(-1), 'bob has seen them');

    redis.clockOf(redis.replica).set(-600);
    const killed = await redis.failOver();
    for (const who of [ann, bob]) {
      await until(() => who.list(list_id).epoch > epoch, () => `${who.user} is told:\n${one.said}\n${two.said}`);
      await until(() => who.list(list_id).items.size === 1, `${who.user} sees what is left`);
    }
    const given = [];
    for (let n = 0; n < 10; ++n) given.push((await [ann, bob][n % 2].insist('add_item', { list_id, name: `new ${n}` })).rev);
    given.push((await ann.insist('add_item', { list_id, name: 'lost 0', op_id })).rev);

    assert.ok(given[0] > lost.at(-1), `${given[0]} was given after ${lost.at(-1)}`);
    assert.ok(given[0] >= ann.list(list_id).epoch, 'no rev lies below its era');
    assert.deepEqual(given, [...new Set(given)].sort(), 'each is above the one before');
    worker = await Worker.start(one);
    assert.equal((await assertOneList(one, list_id, [ann, bob])).size, 12);
    await redis.bringBack(killed);
    redis.clockOf(redis.master).set(0);
  });

  test('a worker that is paused across a failover doubles nothing, and what it brings late is seen by everybody', async () => {
    const list_id = await sharedList();
    redis.waitUntilDrained();
    const { epoch } = ann.list(list_id);
    const unlock = await one.postgres.lock('todo_items', 'share row exclusive');
    redis.endReplication();
    await ann.insist('add_item', { list_id, name: 'taken by the worker alone' });
    await until(() => redis.master.pending() >= 1 && one.postgres.waitingForLocks() >= 1, 'the worker is about to write it');
    worker.pause();

    const killed = await redis.failOver();
    for (const who of [ann, bob]) {
      await until(() => who.list(list_id).epoch > epoch, () => `${who.user} is told:\n${one.said}\n${two.said}`);
      await until(() => namesOf(who.list(list_id).items).join() === 'first', `${who.user} sees what is left`);
    }
    await bob.insist('add_item', { list_id, name: 'after' });
    const second = await Worker.start(one);
    await unlock();
    worker.resume();

    redis.waitUntilDrained();
    await until(() => namesOf(ann.list(list_id).items).length === 3, 'what is in the database comes back');
    assert.deepEqual(namesOf(await assertOneList(one, list_id, [ann, bob])), ['after', 'first', 'taken by the worker alone']);
    await second.halt();
    await redis.bringBack(killed);
  });
});
