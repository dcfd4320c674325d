// A Redis master with a replica, watched by three sentinels, for servers under test. Clocks of the two can be set.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from './clock.js';
import { until } from './deadline.js';
import { Redis } from './redis.js';

const name = 'tests';
const words = ['--repl-diskless-sync-delay', '0'];

export class RedisSentinels {
  static async start() {
    const all = new RedisSentinels();
    all.clocks = [new FakeClock(), new FakeClock()];
    all.nodes = [await Redis.start(words, all.clocks[0].environment)];
    all.nodes.push(await Redis.start([...words, '--replicaof', '127.0.0.1', String(all.nodes[0].port)], all.clocks[1].environment));
    await all.whenReplicated();
    all.sentinels = [];
    for (let i = 0; i < 3; ++i) {
      const conf = join(all.nodes[0].folder, `sentinel${i}.conf`);
      writeFileSync(conf, `sentinel monitor ${name} 127.0.0.1 ${all.nodes[0].port} 2\nsentinel down-after-milliseconds ${name} 1000\n` +
        `sentinel failover-timeout ${name} 2000\n`);
      all.sentinels.push(await Redis.start([conf, '--sentinel']));
    }
    for (const sentinel of all.sentinels)
      await until(() => sentinel.cli('INFO', 'sentinel').includes('slaves=1,sentinels=3'), 'the sentinels know each other', 30_000);
    return all;
  }

  get url() {
    return `redis+sentinel://${this.sentinels.map((one) => `127.0.0.1:${one.port}`).join(',')}/${name}`;
  }

  /** The node that the sentinels call master. */
  get master() {
    const [, port] = this.sentinels[0].cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name).split('\n');
    return this.nodes.find((node) => String(node.port) === port);
  }

  get replica() {
    return this.nodes.find((node) => node !== this.master);
  }

  clockOf(node) {
    return this.clocks[this.nodes.indexOf(node)];
  }

  whenReplicated() {
    return until(() => this.nodes.some((node) => node.info('role') === 'slave' && node.info('master_link_status') === 'up'), 'the replica has its data', 30_000);
  }

  /** From now on nothing reaches the replica any more. What was sent to one that is only stopped, it would read when it goes on. */
  endReplication() {
    this.master.cli('ACL', 'SETUSER', 'default', '-psync', '-sync');
    this.master.cli('CLIENT', 'KILL', 'TYPE', 'replica');
  }

  /** kill -9 of the master; returns when the sentinels have another one. */
  async failOver() {
    const { master } = this;
    await master.kill();
    await until(() => this.master !== master && this.master.info('role') === 'master', 'the sentinels promote the replica', 30_000);
    return master;
  }

  /** The killed one comes back, as the replica of the other. */
  async bringBack(node) {
    await node.launch([...words, '--replicaof', '127.0.0.1', String(this.master.port)]);
    await until(() => node.info('role') === 'slave' && node.info('master_link_status') === 'up', 'it is a replica', 90_000);
    await until(() => this.sentinels.every((one) => /slaves=1/.test(one.cli('INFO', 'sentinel')) && !/s_down|o_down|disconnected/.test(one.cli('SENTINEL', 'REPLICAS', name))),
      'the sentinels see it', 30_000);
  }

  cli(...words) {
    return this.master.cli(...words);
  }

  waiting() {
    return this.master.waiting();
  }

  waitUntilDrained() {
    this.master.waitUntilDrained();
  }

  end() {
    for (const one of [...this.sentinels, ...this.nodes]) one.end();
    for (const clock of this.clocks) clock.end();
  }
}
