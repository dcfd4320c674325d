// What may go wrong, each one thing with a name. `locks` are what it needs for itself meanwhile; `run` breaks and mends; what it is told
// comes from the seed: `at` picks among several, `ms` is how long.
import { join } from 'node:path';
import { pause, within } from './waiting.js';

/** Longer than whoever waits for it waits. */
const beyond = { redis: 6_000, server: 6_000, worker: 11_000, postgres: 11_000 };

async function stopped(processes, ms) {
  for (const signal of ['SIGSTOP', 'SIGCONT']) {
    await processes(signal);
    if (signal === 'SIGSTOP') await pause(ms);
  }
}

const kills = {
  'kill server': {
    locks: (world, at) => [world.servers[at % world.servers.length].name],
    async run(world, { at, ms }) {
      const server = world.servers[at % world.servers.length];
      await server.kill();
      await pause(ms);
      await server.launch();
    },
  },
  'kill worker': {
    locks: (world, at) => [world.workers[at % world.workers.length].name],
    async run(world, { at, ms }) {
      const worker = world.workers[at % world.workers.length];
      await worker.kill();
      await pause(ms);
      await worker.launch();
    },
  },
  'kill redis': {
    locks: () => ['redis'],
    async run(world, { ms }) {
      const [redis] = world.redis.nodes;
      await redis.kill();
      await pause(ms);
      await redis.launch();
    },
  },
  'kill postgres': {
    locks: () => ['postgres'],
    async run(world, { ms }) {
      await world.killPostgres();
      await pause(ms);
      await world.launchPostgres();
    },
  },
};

const stops = {
  // It can be read and not written: what was accepted waits in Redis, and whoever comes must see it all the same.
  'lock postgres': {
    locks: () => ['postgres'],
    async run(world, { ms }) {
      const unlock = await world.lockPostgres();
      await pause(2 * ms);
      await unlock();
    },
  },
  'stop server': {
    locks: (world, at) => [world.servers[at % world.servers.length].name],
    run: (world, { at, ms }) => {
      const { process } = world.servers[at % world.servers.length];
      return stopped((signal) => process.kill(signal), beyond.server + ms);
    },
  },
  'stop worker': {
    locks: (world, at) => [world.workers[at % world.workers.length].name],
    run: (world, { at, ms }) => {
      const { process } = world.workers[at % world.workers.length];
      return stopped((signal) => process.kill(signal), beyond.worker + ms);
    },
  },
  'stop redis': {
    locks: () => ['redis'],
    run: (world, { ms }) => stopped((signal) => world.redis.nodes[0].process.kill(signal), beyond.redis + ms),
  },
  'stop postgres': {
    locks: () => ['postgres'],
    run: (world, { ms }) => stopped((signal) => world.signalPostgres(signal), beyond.postgres + ms),
  },
};

// Each link of each kind of process, broken in three ways.
const links = {};
for (const [kind, members, name] of [
  ['server-redis', 'servers', 'redis'], ['server-postgres', 'servers', 'postgres'], ['worker-redis', 'workers', 'redis'],
  ['worker-postgres', 'workers', 'postgres'], ['client-server', 'servers', 'clients'],
]) {
  const faults = {
    // A connection that is reset, and one of which nothing more is heard.
    cut: (link, ms) => (ms % 2 === 0 ? link.cut() : link.hold()),
    delay: (link, ms) => (link.delay = 20 + (ms % 180)),
    slice: (link, ms) => (link.slice = 1 + (ms % 40)),
  };
  for (const [how, spoil] of Object.entries(faults)) {
    links[`${how} ${kind}`] = {
      locks: (world, at) => [`${kind} ${at % world[members].length}`],
      async run(world, { at, ms }) {
        const link = world[members][at % world[members].length].links[name];
        spoil(link, ms);
        await pause(how === 'cut' ? ms : 2 * ms);
        link.heal();
      },
    };
  }
}

const evictClean = `
  for _, key in ipairs(redis.call('KEYS', 'collab:{*}:list:*')) do
    if redis.call('PTTL', key) > 0 then redis.call('DEL', key) end
  end return ''`;

const others = {
  'full disk': {
    locks: () => ['redis'],
    // With `appendfsync always` Redis ends when it cannot write; then somebody makes room and starts it again.
    async run(world, { ms }) {
      const [redis] = world.redis.nodes;
      await redis.fillDisk(ms % 2_000);
      // Somebody writes, or we do.
      const ends = () => Promise.race([redis.exited.then(() => true), pause(3_000)]);
      if (!(await ends())) redis.run('SET', 'chaos', 'x'.repeat(8_000)).catch(() => {});  // is never answered
      if (!(await ends())) throw new Error('Redis wrote to a full disk');
      await pause(ms / 4);
      await redis.launch();
    },
  },
  // Room for nothing more: what may go goes, and after that writes are refused.
  'full memory': {
    locks: () => ['redis'],
    async run(world, { ms }) {
      for (const node of world.redis.nodes) await node.configure('maxmemory-policy', 'volatile-lru', 'maxmemory', '1mb');
      await pause(ms);
      for (const node of world.redis.nodes) await node.configure('maxmemory', '0');
    },
  },
  // Clean lists have a time to live, so that they may go at any moment.
  'evict lists': {
    locks: () => ['redis'],
    async run(world, { ms }) {
      for (const end = Date.now() + ms; Date.now() < end; await pause(ms / 5)) await world.redis.ask(evictClean);
    },
  },
  'rolling restart': {
    locks: (world) => world.servers.map((server) => server.name),
    async run(world, { ms }) {
      for (const server of world.servers) {
        await server.restart();
        await pause(ms / 4);
      }
    },
  },
};

const takesOver = 45_000;

/** Breaks a master until another has its place, and longer by `ms`. */
async function lostMaster(world, { at, ms }, spoil, mend) {
  const node = await world.redis.pick(at);
  await spoil(node);
  const isReplaced = await within(takesOver, async () => !(await world.redis.masters()).includes(node) && (await world.redis.masters()).length > 0);
  await pause(ms);
  await mend(node);
  if (!isReplaced) throw new Error('no replica became master');
  if (!(await within(takesOver, () => world.redis.isWhole()))) throw new Error('the former master does not follow its successor');
}

/** What servers and workers say to one master, and hear from it. */
async function spoiledLink(world, { at, ms }, spoil) {
  const link = world.redis.links.get(await world.redis.pick(at));
  spoil(link, ms);
  await pause(2 * ms);
  link.heal();
}

const failovers = {
  'kill master': {
    locks: () => ['redis'],
    run: (world, step) => lostMaster(world, step, (node) => node.kill(), (node) => world.redis.leads(node).launch()),
  },
  'stop master': {
    locks: () => ['redis'],
    run: (world, step) => lostMaster(world, step, (node) => node.process.kill('SIGSTOP'), (node) => node.process.kill('SIGCONT')),
  },
  // From everybody: servers, sentinels, its replicas.
  'cut master': {
    locks: () => ['redis'],
    run: (world, step) => lostMaster(world, step, (node) => {
      const link = world.redis.links.get(node);
      if (step.ms % 2 === 0) link.cut();
      else link.hold();
    }, (node) => world.redis.links.get(node).heal()),
  },
  // A cluster's nodes talk to each other elsewhere: nobody takes over.
  'cut redis': {
    locks: () => ['redis'],
    run: (world, step) => spoiledLink(world, step, (link, ms) => (ms % 2 === 0 ? link.cut() : link.hold())),
  },
  'delay redis': {
    locks: () => ['redis'],
    run: (world, step) => spoiledLink(world, step, (link, ms) => (link.delay = 20 + (ms % 180))),
  },
  'slice redis': {
    locks: () => ['redis'],
    run: (world, step) => spoiledLink(world, step, (link, ms) => (link.slice = 1 + (ms % 40))),
  },
  'kill replica': {
    locks: () => ['redis'],
    async run(world, { at, ms }) {
      const replicas = await world.redis.replicas();
      const node = replicas[at % replicas.length];
      await node.kill();
      await pause(ms);
      await world.redis.follows(node);
      await node.launch();
      if (!(await within(takesOver, () => world.redis.isWhole()))) throw new Error('a replica does not come back');
    },
  },
};

/** Any of these may come at any time, several at once. */
export const faults = { ...kills, ...stops, ...links, ...failovers, ...others };

const ofRedis = new Set([...Object.keys(failovers), ...Object.keys(faults).filter((kind) => /redis|full disk/.test(kind))]);

/** Those that there are in this world. */
export function kindsOf(world) {
  return Object.keys(faults).filter((kind) => !ofRedis.has(kind) || world.redis.kinds.includes(kind));
}

/** These lose what has not reached PostgreSQL, by their nature: only when everything has. */
export const losses = {
  'flush redis': async (world) => {
    await world.redis.ask("return redis.call('FLUSHALL')");
  },
  'older redis': async (world) => {
    const [redis] = world.redis.nodes;
    await redis.kill();
    await redis.replaceBy(join(redis.folder, 'older'));
    await redis.launch();
  },
};

/** What is to happen, in which order: every kind `times` times, shuffled. */
export function plan(random, times, kinds) {
  const steps = Array.from({ length: times }, () => kinds).flat()
    .map((kind) => ({ kind, at: random.below(1_000), ms: 200 + random.below(1_300) }));
  for (let at = steps.length - 1; at > 0; --at) {
    const other = random.below(at + 1);
    [steps[at], steps[other]] = [steps[other], steps[at]];
  }
  // What takes longest begins first, or everybody would wait for it at the end.
  const isLong = (step) => /^stop|master/.test(step.kind);
  return times === 1 ? [...steps.filter(isLong), ...steps.filter((step) => !isLong(step))] : steps;
}

/** Lets all of it happen, up to `lanes` at a time. */
export async function rage(world, steps, lanes) {
  const held = new Set();
  const waiting = [...steps];
  let wake = () => {};
  const lane = async () => {
    while (waiting.length > 0) {
      const next = waiting.findIndex((step) => faults[step.kind].locks(world, step.at).every((lock) => !held.has(lock)));
      if (next < 0) {
        await new Promise((resolve) => {
          const before = wake;
          wake = () => (before(), resolve());
        });
        continue;
      }
      const [step] = waiting.splice(next, 1);
      const locks = faults[step.kind].locks(world, step.at);
      for (const lock of locks) held.add(lock);
      world.history.note('fault', { kind: step.kind, phase: 'begin', step });
      await faults[step.kind].run(world, step);
      world.history.note('fault', { kind: step.kind, phase: 'end' });
      for (const lock of locks) held.delete(lock);
      wake();
      await pause(50);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
