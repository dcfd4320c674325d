// The shapes that Redis comes in: one, a master with replicas and sentinels, a cluster. Each tells its URL and who its masters are.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../e2e/support/server.js';
import { Proxy } from './proxy.js';
import { RedisNode } from './redis_node.js';
import { within } from './waiting.js';

const run = promisify(execFile);
const here = '127.0.0.1';
const startPatience = 60_000;

/** What is asked of all of them; `nodes` are there. */
class Group {
  nodes = [];

  /** Runs a Lua script at every master; what each answers. */
  async ask(script, ...values) {
    return Promise.all((await this.masters()).map((node) => node.evaluate(script, ...values)));
  }

  /** Runs it where this key is. */
  async askAt(key, script, ...values) {
    const faults = [];
    for (const node of await this.masters()) {
      try {
        await node.evaluate("return tostring(redis.call('EXISTS', ARGV[1]))", key);
      } catch (error) {
        faults.push(error);
        continue;  // another's
      }
      return node.evaluate(script, ...values);
    }
    throw new AggregateError(faults, `no master has ${key}`);
  }

  /** One of the masters. */
  async pick(at) {
    const masters = await this.masters();
    return masters[at % masters.length];
  }

  end() {
    for (const node of this.nodes) node.end();
  }
}

export class Single extends Group {
  kinds = ['kill redis', 'stop redis', 'full disk', 'cut server-redis', 'delay server-redis', 'slice server-redis', 'cut worker-redis',
    'delay worker-redis', 'slice worker-redis'];
  losses = ['flush redis', 'older redis'];
  mayLose = [];

  static async start() {
    const single = new Single();
    single.nodes = [await RedisNode.start()];
    return single;
  }

  masters() {
    return this.nodes;
  }

  /** A link of one's own to it. */
  async link() {
    const link = await Proxy.start({ port: 0, host: here }, { port: this.nodes[0].port, host: here });
    return { link, url: `redis://${here}:${link.port}` };
  }
}

/** Nodes that are reached through a link of theirs, by everybody and by each other. */
class Replicated extends Group {
  kinds = ['kill master', 'stop master', 'cut master', 'kill replica'];
  losses = ['flush redis'];
  mayLose = ['kill master', 'stop master', 'cut master'];
  links = new Map();

  async add(wordsOf) {
    const link = await Proxy.start({ port: 0, host: here }, { port: 0, host: here });
    const node = await RedisNode.start(wordsOf(link.port));
    link.target = { port: node.port, host: here };
    this.nodes.push(node);
    this.links.set(node, link);
    return node;
  }

  announced(node) {
    return this.links.get(node).port;
  }

  link() {
    return { link: null, url: this.url };
  }

  /** At its next start it follows the present master. */
  async follows() {}

  /** At its next start it takes itself for the master that it was. */
  leads(node) {
    return node;
  }

  async replicas() {
    const masters = await this.masters();
    return this.nodes.filter((node) => !masters.includes(node));
  }

  end() {
    super.end();
    for (const link of this.links.values()) link.close();
  }
}

export class Sentinels extends Replicated {
  sentinels = [];

  static async start() {
    const group = new Sentinels();
    const first = await group.add((port) => ['--replica-announce-ip', here, '--replica-announce-port', String(port)]);
    for (let n = 0; n < 2; ++n) {
      await group.add((port) => ['--replica-announce-ip', here, '--replica-announce-port', String(port),
        '--replicaof', `${here} ${group.announced(first)}`]);
    }
    for (let n = 0; n < 3; ++n) group.sentinels.push(await startSentinel(group.announced(first)));
    group.url = `redis+sentinel://${group.sentinels.map(({ port }) => `${here}:${port}`).join(',')}/main`;
    if (!(await within(startPatience, () => group.isWhole()))) throw new Error('the sentinels do not find each other and two replicas');
    return group;
  }

  async said(...words) {
    for (const { port } of this.sentinels) {
      const { stdout } = await run('redis-cli', ['-p', String(port), 'SENTINEL', ...words], { timeout: 2_000 }).catch(() => ({ stdout: '' }));
      if (stdout) return stdout.trim().split('\n');
    }
    throw new Error('no sentinel answers');
  }

  async masters() {
    const [, port] = await this.said('GET-MASTER-ADDR-BY-NAME', 'main');
    return this.nodes.filter((node) => this.announced(node) === Number(port));
  }

  async follows(node) {
    const [master] = await this.masters();
    this.leads(node).words.push('--replicaof', `${here} ${this.announced(master)}`);
  }

  leads(node) {
    const at = node.words.indexOf('--replicaof');
    if (at >= 0) node.words.splice(at, 2);
    return node;
  }

  /** A master with two replicas that follow it. */
  async isWhole() {
    const [master] = await this.masters();
    const told = (await this.said('MASTER', 'main')).join(' ');
    return (await followersOf(master)) === 2 && /flags master /.test(told) && / num-other-sentinels 2 /.test(told);
  }

  end() {
    for (const { process, folder } of this.sentinels) {
      process.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
    super.end();
  }
}

/** How many replicas are up to date with it; -1 if it is no master. */
async function followersOf(node) {
  const { stdout } = await run('redis-cli', ['-p', String(node.port), 'INFO', 'replication'], { timeout: 2_000 });
  return /role:master/.test(stdout) ? (stdout.match(/state=online/g) ?? []).length : -1;
}

async function startSentinel(masterPort) {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'));
  const port = await freePort();
  writeFileSync(join(folder, 'sentinel.conf'), [`port ${port}`, `bind ${here}`, `dir ${folder}`, `sentinel monitor main ${here} ${masterPort} 2`,
    'sentinel down-after-milliseconds main 1500', 'sentinel failover-timeout main 5000', ''].join('\n'));
  const log = openSync(join(folder, 'log'), 'a');
  const program = spawn('redis-server', [join(folder, 'sentinel.conf'), '--sentinel'], { stdio: ['ignore', log, log] });
  program.unref();
  process.once('exit', () => program.kill('SIGKILL'));
  return { process: program, folder, port };
}

export class Cluster extends Replicated {
  kinds = ['kill master', 'stop master', 'cut redis', 'delay redis', 'slice redis', 'kill replica'];

  static async start() {
    const cluster = new Cluster();
    for (let n = 0; n < 6; ++n) {
      await cluster.add((port) => ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-announce-ip', here,
        '--cluster-announce-port', String(port), '--save', '']);
    }
    const places = cluster.nodes.map((node) => `${here}:${node.port}`);
    await run('redis-cli', ['--cluster', 'create', ...places, '--cluster-replicas', '1', '--cluster-yes'], { timeout: startPatience });
    cluster.url = `redis+cluster://${cluster.nodes.map((node) => `${here}:${cluster.announced(node)}`).join(',')}`;
    if (!(await within(startPatience, () => cluster.isWhole()))) throw new Error('the cluster does not come to be');
    return cluster;
  }

  async masters() {
    const [table] = (await Promise.all(this.nodes.map((node) => clusterNodes(node).catch(() => null)))).filter(Boolean)
      .sort((a, b) => b.epoch - a.epoch);
    return this.nodes.filter((node) => table.lines.some((line) => line.port === this.announced(node) && line.isMaster));
  }

  async isWhole() {
    const masters = await this.masters();
    const infos = await Promise.all(this.nodes.map(async (node) => (await run('redis-cli', ['-p', String(node.port), 'CLUSTER', 'INFO'], { timeout: 2_000 })).stdout));
    const following = await Promise.all(masters.map(followersOf));
    return masters.length === 3 && infos.every((info) => /cluster_state:ok/.test(info)) && following.every((count) => count === 1);
  }
}

// What a node believes: who has slots.
async function clusterNodes(node) {
  const { stdout } = await run('redis-cli', ['-p', String(node.port), 'CLUSTER', 'NODES'], { timeout: 2_000 });
  const lines = stdout.trim().split('\n').map((line) => {
    const [, address, flags, , , , epoch, , ...slots] = line.split(' ');
    return { port: Number(address.match(/:(\d+)@/)?.[1]), isMaster: /master/.test(flags) && slots.length > 0 && !/fail(?!\?)/.test(flags), epoch: Number(epoch) };
  });
  return { lines, epoch: Math.max(...lines.map((line) => line.epoch)) };
}

export const topologies = { single: Single, sentinel: Sentinels, cluster: Cluster };
