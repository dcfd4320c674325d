// A server that stops in the middle of what others go on with.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeAll, connect, person } from './support/client.js';
import { until } from './support/deadline.js';
import { PostgresProxy } from './support/postgres_proxy.js';
import { TestServer } from './support/server.js';
import { assertOneList, Person } from './support/traffic.js';

test('a seeder that is paused while the list is seeded, edited, written back and evicted by others installs nothing', { timeout: 120_000 }, async () => {
  const two = await TestServer.start();
  const proxy = await PostgresProxy.before(two.postgres);
  const one = await two.another({ DATABASE_URL: proxy.url, WORKER: 'off' });
  try {
    const { redis } = two;
    const ann = await Person.come(two, person('ann'));
    const { list_id } = await ann.insist('create_list', { name: 'Shared' });
    const { item } = await ann.insist('add_item', { list_id, name: 'old' }).then(() => ann.client.next('item_added'));
    const slow = await connect(one, ann.user);
    const key = redis.cli('KEYS', `*:list:${list_id}`), seed = key.replace(':list:', ':seed:');
    const evict = async () => {
      redis.waitUntilDrained();
      await until(() => redis.cli('HGET', key, 'n') === '0' && Number(redis.cli('PTTL', key)) > 0, 'it may be forgotten');
      redis.cli('DEL', key);
    };
    await evict();

    proxy.hold();
    const reading = slow.send('join_list', { list_id });
    await until(() => proxy.held.includes('old') && redis.cli('EXISTS', seed) === '1', 'it has been told how the list was');
    one.process.kill('SIGSTOP');
    proxy.release();
    redis.cli('PEXPIRE', seed, '1');  // as it does ten seconds later
    await until(() => redis.cli('EXISTS', seed) === '0', 'its turn is over');
    await ann.insist('update_item', { list_id, item_id: item.id, updates: { name: 'new' } });
    await evict();
    one.process.kill('SIGCONT');

    assert.equal((await reading).ok, true);
    assert.equal((await slow.next('list_snapshot', (data) => data.list_id === list_id)).items[item.id].name, 'new');
    assert.match(redis.cli('HGET', key, `i:${item.id}`), /"new"/);
    assert.equal(redis.cli('KEYS', '*loading*'), '');
    await ann.insist('add_item', { list_id, name: 'more' });
    assert.equal((await assertOneList(two, list_id, [ann])).size, 2);
  } finally {
    one.process.kill('SIGCONT');
    closeAll();
    await one.stop();
    await two.stop();
    proxy.end();
  }
});
