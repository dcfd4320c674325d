// One round: people at work, everything that can go wrong, silence, and a look at what everybody has in the end.
import { join } from 'node:path';
import { randomOf } from '../e2e/support/random.js';
import { kindsOf, losses, plan, rage } from './nemeses.js';
import { changesWaiting, readCounts, readL2, readL3, readL3Revs, readWatchers, sampleTiers } from './readings.js';
import { Traffic } from './traffic.js';
import { pause, within } from './waiting.js';

const quietPatience = 45_000;

/** All that is accepted is in the database, and everybody is well. */
async function becomesQuiet(world) {
  return within(quietPatience, async () => {
    for (const server of world.servers) {
      const health = await server.health();
      if (health.status !== 'healthy' && health.status !== 'ok') return false;
    }
    return (await changesWaiting(world)) === 0;
  });
}

/** The rev of each list in Redis. */
async function revsInRedis(world, ids) {
  const { lists } = await readL2(world);
  return new Map(ids.map((id) => [id, Number(lists[id]?.fields.m?.slice(16, 29) ?? 0)]));
}

/** Whether everybody who has a list has it as Redis does. */
function isUpToDate(traffic, revs) {
  return traffic.devices.every((device) => [...revs].every(([id, rev]) => {
    const list = device.lists.get(id);
    return !list || list.rev === rev;
  }));
}

async function whenNothingWaits(world, traffic, act) {
  const isSettled = await traffic.rests();
  const isQuiet = await becomesQuiet(world);
  if (!isSettled || !isQuiet) throw new Error(`no rest before a loss: settled ${isSettled}, quiet ${isQuiet}`);
  await act();
  traffic.resume();
}

async function loseOnPurpose(world, traffic, kind, ms) {
  await whenNothingWaits(world, traffic, async () => {
    world.history.note('fault', { kind, phase: 'begin' });
    await losses[kind](world);
    world.history.note('fault', { kind, phase: 'end' });
  });
  await pause(ms);
}

/** One server is cut off while each list is changed at another, and nothing happens after: it has to find out by itself what it missed. */
async function missTheLast(world, traffic, random) {
  const deaf = random.pick(world.servers.filter((server) => server.links.redis));
  if (!deaf) return;
  const speaker = world.servers.find((server) => server !== deaf);
  for (const list of traffic.lists) {
    const boss = traffic.bossOf(list);
    await within(20_000, () => (boss.isOnline && boss.line.server === speaker) || (boss.go('speaks'), boss.come(speaker)));
  }
  deaf.links.redis.cut();
  for (const list of traffic.lists) {
    await traffic.bossOf(list).settle({ event: 'update_list', data: { list_id: list.id, name: 'unheard', op_id: traffic.uuid() } });
  }
  deaf.links.redis.heal();
}

/** A change of each list at each server reaches everybody who is there: so somebody watches it everywhere. */
async function probe(world, traffic) {
  for (const list of traffic.lists) {
    const device = traffic.bossOf(list);
    for (const server of world.servers) {
      device.go('probes');
      if (!(await within(20_000, () => device.isOnline || device.come(server)))) continue;
      const reply = await device.settle({ event: 'update_list', data: { list_id: list.id, name: `probed at ${server.name}`, op_id: traffic.uuid() } });
      if (reply?.ok) await within(10_000, () => isUpToDate(traffic, new Map([[list.id, reply.rev]])));
    }
  }
}

/** Dan is let in and put out again; at each server he joins meanwhile and afterwards, and repeats what he was allowed to do. The database hears
 * of it when it is over. */
async function letInAndOut(world, traffic) {
  const unlock = await world.lockPostgres();
  await letIn(world, traffic).finally(unlock);
}

async function letIn(world, traffic) {
  const [list] = traffic.lists;
  const boss = traffic.bossOf(list);
  const dan = traffic.devices.find((device) => device.user === traffic.users[3]);
  const comesTo = (server) => within(20_000, () => (dan.go('moves'), dan.come(server)));
  await traffic.share(boss, list, dan.user, 'editor');
  for (const server of world.servers) await comesTo(server);
  const operation = { event: 'add_item', data: { list_id: list.id, item_id: traffic.uuid(), name: 'of a former member', op_id: traffic.uuid() } };
  await dan.settle(operation);
  await traffic.unshare(boss, list, dan.user);
  for (const server of world.servers) {
    await comesTo(server);
    await dan.settle({ ...operation });
  }
}

/** What a fresh join of each user at each server tells. */
async function readL1(world, traffic) {
  for (const user of traffic.users) {
    for (const server of world.servers) {
      const fresh = traffic.visitor(user);
      if (!(await within(20_000, () => fresh.isOnline || fresh.come(server)))) {
        world.history.note('l1', { server: server.name, user, socket: null });
        continue;
      }
      world.history.note('l1', { server: server.name, user, socket: fresh.line.id });
      fresh.go('read');
    }
  }
}

const replay = `redis.call('HINCRBY', ARGV[2], 'n', 1) redis.call('PERSIST', ARGV[2])
  return redis.call('XADD', ARGV[1], '*', 'l', ARGV[2], 'c', ARGV[3])`;

/** Every entry once more, in another order: as when a worker was thought dead and was not. */
async function replayStream(world, traffic, random) {
  const ids = traffic.knownLists();
  const device = traffic.bossOf(traffic.lists[0]);
  const writers = world.members.filter((member) => member !== world.servers[0]);
  for (const member of writers) member.process.kill('SIGSTOP');
  const online = await within(10_000, () => device.isOnline && device.line.server === world.servers[0] ? true : (device.go('elsewhere'), device.come(world.servers[0])));
  const [{ id: list_id }] = traffic.lists;
  const list = device.lists.get(list_id);
  const item = [...(list?.items.keys() ?? [])][0];
  for (let n = 0; online && item && n < 5; ++n) {
    await device.settle({ event: 'update_item', data: { list_id, item_id: item, updates: { name: `again ${n}` }, op_id: traffic.uuid() } });
  }
  const entries = (await readL2(world)).streams.filter((entry) => ids.some((id) => entry.key.endsWith(id)));
  for (const member of writers) member.process.kill('SIGCONT');
  await within(quietPatience, async () => (await changesWaiting(world)) === 0);
  const before = await readL3(world, ids);
  const shuffled = [...entries, ...entries].map((entry) => [random.below(2 ** 31), entry]).sort(([a], [b]) => a - b).map(([, entry]) => entry);
  for (const { stream, key, change } of shuffled) {
    await world.redis.askAt(key, replay, stream, key, change);
  }
  await within(quietPatience, async () => (await changesWaiting(world)) === 0);
  world.history.note('replayed', { entries: entries.length, before, after: await readL3(world, ids) });
}

/** `times`: how often each fault comes. `lanes`: how many at a time. */
export async function playRound(world, seed, name, { times = 1, lanes = 4, rest = 60, keep = 1_000, kinds = kindsOf(world) } = {}) {
  const { history } = world;
  const random = randomOf(seed);
  history.note('round', { seed, name, servers: world.servers.map((server) => server.name), topology: world.topology, mayLose: world.mayLose });
  const traffic = new Traffic(world, random.below(2 ** 32), name, { rest });
  await traffic.begin();
  const ids = traffic.knownLists();
  const endSampling = sampleTiers(world, () => ids, 1_000);
  try {
    const [redis] = world.redis.nodes;
    await whenNothingWaits(world, traffic, () => redis.copyTo(join(redis.folder, 'older')));
    await rage(world, plan(random, times, kinds), lanes);
    for (let time = 0; time < times; ++time) {
      for (const kind of world.redis.losses) await loseOnPurpose(world, traffic, kind, keep);
    }
    const isSettled = await traffic.end();
    await becomesQuiet(world);
    await missTheLast(world, traffic, random);
    const isQuiet = await becomesQuiet(world);
    const revs = await revsInRedis(world, ids);
    const isConverged = await within(20_000, () => isUpToDate(traffic, revs));
    history.note('quiet', { isSettled, isQuiet, isConverged, revs: Object.fromEntries(revs) });
    await probe(world, traffic);
    await letInAndOut(world, traffic);
    await replayStream(world, traffic, random);
    const last = await revsInRedis(world, ids);
    await within(10_000, () => isUpToDate(traffic, last));
    await becomesQuiet(world);
    await endSampling();
    await readL1(world, traffic);
    await becomesQuiet(world);
    const l2 = await readL2(world);
    const watchers = await readWatchers(world, ids.map((id) => l2.lists[id]?.key).filter(Boolean));
    history.note('l2', onlyOf(l2, ids));
    history.note('watchers', { channels: watchers });
    history.note('counted', { lists: await readCounts(world) });
    history.note('l3', await readL3(world, ids));
    history.note('stored', { rows: await readL3Revs(world, ids) });
    for (const device of traffic.devices) history.note('online', { device: device.name, user: device.user, socket: device.isOnline ? device.line.id : null });
  } finally {
    await endSampling();
    traffic.leave();
  }
  return traffic.figures;
}

function onlyOf(l2, ids) {
  const ours = (all) => Object.fromEntries(ids.filter((id) => all[id]).map((id) => [id, all[id]]));
  return { ...l2, lists: ours(l2.lists), ops: ours(l2.ops) };
}
