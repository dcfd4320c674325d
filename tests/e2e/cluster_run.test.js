// `./run --cluster` as a newcomer starts it: two servers that are one, an end that leaves nothing behind, and the same lists the next time.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { add, closeAll, connect, person } from './support/client.js';
import { until, withDeadline } from './support/deadline.js';
import { openTo } from './support/postgres.js';
import { token } from './support/token.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const startPatience = 90_000, endPatience = 60_000;

const isFree = (port) => new Promise((resolve) => {
  const probe = createServer().once('error', () => resolve(false));
  probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
});

/** The first of four free ports in a row, below those that the system gives to whoever asks for any. */
async function fourFreePorts() {
  for (let tries = 0; tries < 50; ++tries) {
    const first = randomInt(20_000, 32_000);
    const areFree = await Promise.all([0, 1, 2, 3].map((more) => isFree(first + more)));
    if (areFree.every(Boolean)) return first;
  }
  throw new Error('no four free ports in a row');
}

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

class ClusterRun {
  constructor(folder, port) {
    Object.assign(this, { folder, port });
  }

  async start(...words) {
    this.said = '';
    this.process = spawn(join(top, 'run'), ['--cluster', '--port', String(this.port), '--folder', this.folder, ...words],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } });
    this.exited = new Promise((resolve) => this.process.once('exit', (code, signal) => resolve({ code, signal })));
    const told = new Promise((resolve) => {
      for (const stream of [this.process.stdout, this.process.stderr])
        stream.on('data', (text) => {
          this.said += text;
          if (/Stop +Ctrl-C/.test(this.said)) resolve();
        });
    });
    await withDeadline(Promise.race([told, this.exited]), () => `the start:\n${this.said}`, startPatience);
    return this;
  }

  /** All that it has started, by name. */
  get processes() {
    const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(this.process.pid)], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => line.trim().match(/^(\d+) (.*)$/)).map(([, pid, words]) => ({ pid: Number(pid), words }));
  }

  ended() {
    return withDeadline(this.exited, () => `the end:\n${this.said}`, endPatience);
  }

  server(number) {
    return { url: `http://127.0.0.1:${this.port + number}` };
  }

  /** Connects to one of the servers with a token of the secret that they share. */
  async join(number, user) {
    const key = readFileSync(join(this.folder, 'env'), 'utf8').match(/^JWT_SECRET_KEY=(.*)$/m)[1];
    const client = await connect(this.server(number), user, { token: token(user, {}, { key }) });
    await client.ok('join');
    client.lists = (await client.next('user_lists')).lists;
    client.own = client.lists[0].list_id;
    return client;
  }
}

describe('./run --cluster', { timeout: 280_000 }, () => {
  const ann = person('ann');
  let folder, cluster;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'run-'));
    openTo(join(folder, 'data'));
    cluster = new ClusterRun(join(folder, 'data'), await fourFreePorts());
  });
  after(async () => {
    closeAll();
    if (cluster.process?.exitCode === null) {
      cluster.process.kill('SIGTERM');
      await cluster.ended();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('starts two servers that are one, a worker, Redis and PostgreSQL, and tells where they are', async () => {
    await cluster.start('--log-level', 'debug');
    const { said, port, processes } = cluster;
    for (const [what, more] of [['server A +http://localhost:', 0], ['server B +http://localhost:', 1], ['Redis +127.0.0.1:', 2], ['PostgreSQL +127.0.0.1:', 3]])
      assert.match(said, new RegExp(`${what}${port + more}\\b`));
    const words = processes.map((one) => one.words).join('\n');
    for (const one of [`serve .*--port ${port} `, `serve .*--port ${port + 1} `, 'collab-todo worker', 'redis-server', 'bin/postgres']) assert.match(words, new RegExp(one));
    assert.equal(processes.length, 5, words);

    const phone = await cluster.join(0, ann);
    const laptop = await cluster.join(1, ann);
    await add(phone, phone.own, { name: 'from A' });
    assert.equal((await laptop.next('item_added')).item.name, 'from A');
    const health = async () => (await fetch(`${cluster.server(0).url}/health`)).json();
    await until(async () => (await health()).writer.queue_size === 0, 'the worker brings it into PostgreSQL');
    assert.match(readFileSync(join(cluster.folder, 'logs', 'server-a.log'), 'utf8'), / DEBUG /, 'what else is said goes to the servers');
  });

  test('has Ann at one server and Bob at the other, as it tells a newcomer to try', async () => {
    const { stdout } = await promisify(execFile)('node', ['two-users.js'], { cwd: join(top, 'examples/two-users'), timeout: 60_000,
      env: { ...process.env, COLLAB_URL: `${cluster.server(0).url},${cluster.server(1).url}` } });
    assert.match(stdout, /Every event arrived where it should\.\n$/);
  });

  test('refuses to start twice on the same data', async () => {
    const second = await new ClusterRun(cluster.folder, cluster.port).start();
    assert.equal((await second.ended()).code, 1);
    assert.match(second.said, /is in use by another \.\/run --cluster/);
  });

  test('ends all of it at SIGTERM, with status 0', async () => {
    const pids = cluster.processes.map((one) => one.pid);
    cluster.process.kill('SIGTERM');
    assert.deepEqual(await cluster.ended(), { code: 0, signal: null }, cluster.said);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  test('goes on with the same lists, and ends, with the reason, when one of them ends', async () => {
    await cluster.start();
    const client = await cluster.join(1, ann);
    assert.deepEqual(Object.values(client.lists[0].items).map((item) => item.name), ['from A']);
    closeAll();

    const { processes } = cluster;
    process.kill(processes.find((one) => one.words.includes('serve') && one.words.includes(`--port ${cluster.port + 1} `)).pid, 'SIGKILL');
    assert.deepEqual(await cluster.ended(), { code: 1, signal: null });
    assert.match(cluster.said, /server B has ended, by SIGKILL, and so all ends\. The last lines of .*logs\/server-b\.log:\n.* INFO /);
    assert.deepEqual(processes.filter((one) => isAlive(one.pid)), []);
  });
});
