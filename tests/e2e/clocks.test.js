// Clocks that are set ten minutes forth and back under traffic: of one server, of another, of Redis.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeAll, connect, connectionRefusal, person } from './support/client.js';
import { FakeClock } from './support/clock.js';
import { until } from './support/deadline.js';
import { Redis } from './support/redis.js';
import { TestServer } from './support/server.js';
import { token } from './support/token.js';
import { assertNothingLost, assertOneList, Person, Traffic } from './support/traffic.js';

const minutes = (count) => count * 60;

describe('clocks', { timeout: 240_000 }, () => {
  const clocks = { redis: new FakeClock(), one: new FakeClock(), two: new FakeClock() };
  let redis, one, two, ann, bob;
  before(async () => {
    redis = await Redis.start([], clocks.redis.environment);
    one = await TestServer.start(clocks.one.environment, { redis });
    two = await one.another(clocks.two.environment);
    ann = await Person.come(one, person('ann'));
    bob = await Person.come(two, person('bob'));
  });
  after(async () => {
    closeAll();
    await two.stop();
    await one.stop();
    for (const clock of Object.values(clocks)) clock.end();
  });

  async function sharedList() {
    const { list_id } = await ann.insist('create_list', { name: 'Shared' });
    await ann.insist('share_list', { list_id, shared_user_id: bob.user, role: 'editor' });
    await bob.client.next('list_shared_with_you', (data) => data.list_id === list_id);
    return list_id;
  }
  const redisTime = () => Number(redis.cli('TIME').split('\n')[0]) * 1000;

  for (const whose of ['redis', 'one', 'two'])
    test(`the clock of ${whose === 'redis' ? 'Redis' : `server ${whose}`} is set under traffic: no rev falls, nothing is lost`, async () => {
      const list_id = await sharedList();
      const traffics = [ann, bob].map((who) => new Traffic(who, list_id));
      for (const offset of [minutes(10), minutes(-10), 0]) {
        clocks[whose].set(offset);
        await Promise.all(traffics.map((traffic) => traffic.goOn(15)));
      }
      for (const traffic of traffics) await traffic.stop();

      assertNothingLost(await assertOneList(one, list_id, [ann, bob]), ...traffics);
      for (const who of [ann, bob]) {
        // Who comes with what he had seen ten minutes ahead is no stranger.
        const { items, rev } = who.list(list_id);
        const item = [...items.values()].at(who === ann ? 0 : -1);
        await who.insist('update_item', { list_id, item_id: item.id, updates: { description: 'seen' }, client_rev: Math.max(rev, item.rev) });
      }
    });

  test('a restart of Redis with another clock begins an era above every rev', async () => {
    const list_id = await sharedList();
    clocks.redis.set(minutes(10));
    const { rev } = await ann.insist('add_item', { list_id, name: 'ahead' });
    const { epoch } = ann.list(list_id);
    assert.ok(rev > Date.now() + minutes(9) * 1000);
    await redis.kill();
    clocks.redis.set(0);
    await redis.launch();

    const next = await bob.insist('add_item', { list_id, name: 'behind' });
    assert.ok(next.rev > rev);
    assert.equal((await assertOneList(one, list_id, [ann, bob])).size, 2);
    for (const who of [ann, bob]) assert.ok(who.list(list_id).epoch > epoch);
  });

  test('a load that ended with its server holds up nobody, though the clock of Redis is set back', async () => {
    const list_id = await sharedList();
    await ann.insist('add_item', { list_id, name: 'kept' });
    redis.waitUntilDrained();
    const key = redis.cli('KEYS', `*:list:${list_id}`);
    await until(() => redis.cli('HGET', key, 'n') === '0', 'it is clean');
    clocks.redis.set(minutes(10));
    assert.equal(redis.cli('SET', key.replace(':list:', ':seed:'), 'of a dead server', 'NX', 'PX', '10000'), 'OK');
    clocks.redis.set(0);
    assert.ok(Number(redis.cli('PTTL', key.replace(':list:', ':seed:'))) > minutes(9) * 1000);
    redis.cli('DEL', key);

    await bob.insist('add_item', { list_id, name: 'after' }, 20_000);
    assert.equal((await assertOneList(one, list_id, [ann, bob])).size, 2);
  });

  test('tokens: a minute is forgiven, ten are not, and a clock that is right again accepts what it had refused', async () => {
    const user = person('eve');
    const now = Math.floor(Date.now() / 1000);
    const short = token(user, { iat: now, nbf: now, exp: now + 120 });
    clocks.two.set(50);
    (await connect(two, user, { token: short })).close();
    clocks.two.set(-50);
    (await connect(two, user, { token: short })).close();
    for (const [offset, code] of [[minutes(10), 'token_expired'], [minutes(-10), 'token_invalid']]) {
      clocks.two.set(offset);
      const refusal = await connectionRefusal(two, short);
      assert.equal(refusal.event, 'auth_error');
      assert.equal(refusal.code, code);
    }
    clocks.two.set(0);
    (await connect(two, user, { token: short })).close();
    assert.ok(Math.abs(redisTime() - Date.now()) < 5_000, 'every clock is right again');
  });
});
