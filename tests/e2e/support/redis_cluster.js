// A Redis cluster for servers under test: masters with replicas, each a process of its own, and the steps of a slot's way.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { until } from './deadline.js';
import { Redis, serverPort } from './redis.js';

const partitions = Array.from({ length: 16 }, (_, number) => `collab:{${String(number).padStart(2, '0')}}`);

// CRC-16/XMODEM, as the servers spread lists.
function crc16(text) {
  let crc = 0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; ++bit) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/** In which partition a list is: "collab:{07}". */
export const partitionOf = (listId) => partitions[crc16(listId) % partitions.length];

/** An id for a list in this partition. */
export function listIdIn(number) {
  for (;;) {
    const id = randomUUID();
    if (partitionOf(id) === partitions[number % partitions.length]) return id;
  }
}

export class RedisCluster {
  /** Masters come first; the replica of node i is node i + masters. */
  static async start(masters = 3, replicas = 1) {
    const cluster = new RedisCluster();
    cluster.nodes = [];
    for (let i = 0; i < masters * (1 + replicas); ++i)
      cluster.nodes.push(await Redis.start(['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-replica-validity-factor', '0',
        '--cluster-allow-replica-migration', 'no', '--repl-diskless-sync-delay', '0', '--cluster-port', String(await serverPort())]));
    const { nodes } = cluster;
    for (const [i, node] of nodes.entries()) {
      node.id = node.cli('CLUSTER', 'MYID');
      node.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
      if (i < masters) node.cli('CLUSTER', 'ADDSLOTSRANGE', String(Math.floor((16_384 * i) / masters)), String(Math.floor((16_384 * (i + 1)) / masters) - 1));
      if (i > 0) nodes[0].cli('CLUSTER', 'MEET', '127.0.0.1', String(node.port), node.cli('CONFIG', 'GET', 'cluster-port').split('\n')[1]);
    }
    const says = (node, what) => node.cli('CLUSTER', 'INFO').includes(`${what}\r`);
    for (const node of nodes) await until(() => says(node, `cluster_known_nodes:${nodes.length}`), 'the nodes know each other', 30_000);
    for (const [i, node] of nodes.entries()) if (i >= masters) node.cli('CLUSTER', 'REPLICATE', nodes[i % masters].id);
    for (const [i, node] of nodes.entries()) {
      await until(() => says(node, 'cluster_state:ok'), 'the cluster is ok', 30_000);
      if (i >= masters) await until(() => node.info('master_link_status') === 'up', 'a replica has its data', 30_000);
    }
    return cluster;
  }

  get url() {
    return `redis+cluster://${this.nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}`;
  }

  slotOf(partition) {
    return Number(this.#someone().cli('CLUSTER', 'KEYSLOT', partition));
  }

  /** The node that serves the slot, as `asked` sees it. */
  ownerOf(slot, asked = this.#someone()) {
    const lines = asked.cli('CLUSTER', 'NODES').split('\n').map((line) => line.split(' '));
    const covers = (range) => {
      const [first, last = first] = range.split('-').map(Number);
      return first <= slot && slot <= last;
    };
    const owner = lines.find((words) => words[2].includes('master') && !words[2].includes('fail') && words.slice(8).some((range) => !range.startsWith('[') && covers(range)));
    return this.nodes.find((node) => node.id === owner?.[0]);
  }

  replicaOf(master) {
    return this.nodes.find((node) => this.isRunning(node) && node.info('role') === 'slave' && node.info('master_port') === String(master.port));
  }

  /** Runs one command on the node that has the key; what redis-cli prints. */
  cli(...words) {
    return execFileSync('redis-cli', ['-c', '-p', String(this.#someone().port), ...words], { encoding: 'utf8' }).trimEnd();
  }

  // From the first to the last of these steps, commands on keys that have left are answered ASK, and those on several keys, some of which
  // have, TRYAGAIN.
  beginMigration(slot, from, to) {
    to.cli('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', from.id);
    from.cli('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', to.id);
  }

  /** One after the other, each when `between` has let it; how many there were. */
  async migrateKeys(slot, from, to, between = async () => {}) {
    let count = 0;
    for (;;) {
      const [key] = from.cli('CLUSTER', 'GETKEYSINSLOT', String(slot), '1').split('\n');
      if (key === '') return count;
      const done = from.cli('MIGRATE', '127.0.0.1', String(to.port), key, '0', '5000');
      if (!['OK', 'NOKEY'].includes(done)) throw new Error(`MIGRATE ${key}: ${done}`);
      await between((count += 1), key);
    }
  }

  async endMigration(slot, to) {
    const masters = this.nodes.filter((node) => node !== to && this.isRunning(node) && node.info('role') === 'master');
    for (const node of [to, ...masters]) node.cli('CLUSTER', 'SETSLOT', String(slot), 'NODE', to.id);
    for (const node of this.nodes)
      if (this.isRunning(node)) await until(() => this.ownerOf(slot, node) === to, 'the nodes agree on the slot', 30_000);
  }

  isRunning(node) {
    return node.process.exitCode === null && node.process.signalCode === null;
  }

  waitUntilDrained() {
    const deadline = Date.now() + 30_000;
    while (this.waiting() > 0) if (Date.now() > deadline) throw new Error(`${this.waiting()} changes do not reach the database`);
  }

  /** How many accepted changes are not in the database yet. */
  waiting() {
    const input = partitions.map((partition) => `XLEN ${partition}:writes\n`).join('');
    const said = execFileSync('redis-cli', ['-c', '-p', String(this.#someone().port)], { encoding: 'utf8', input });
    const numbers = said.split('\n').filter((line) => /^\d+$/.test(line));
    if (numbers.length !== partitions.length) throw new Error(`redis-cli said: ${said}`);
    return numbers.reduce((sum, number) => sum + Number(number), 0);
  }

  end() {
    for (const node of this.nodes) node.end();
  }

  #someone() {
    return this.nodes.find((node) => this.isRunning(node));
  }
}
