// Starts the server under test on a free port with a data folder of its own, and ends it by its process id. With STORAGE=postgres it
// keeps its lists in an empty database of a PostgreSQL server that the test file starts, with STORAGE=supabase in a project of a stand-in
// for Supabase before it; with STORAGE=redis it meets others in a Redis besides the database.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withDeadline } from './deadline.js';
import { Postgres } from './postgres.js';
import { Redis } from './redis.js';
import { SupabaseProject } from './supabase.js';

export const secret = 'the-end-to-end-tests-sign-their-tokens-with-this';
const binary = process.env.COLLAB_TODO_BINARY;
const patience = 30_000;

export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export class TestServer {
  guests = [];

  /**
   * `settings` are environment variables over the defaults below; `redis` is in place of one of its own, and `project` is where its lists
   * are, if it is one of Supabase.
   */
  static async start(settings = {}, { redis = null, project = null } = {}) {
    assert.ok(binary, 'COLLAB_TODO_BINARY must name the program to test');
    const server = new TestServer();
    server.folder = await mkdtemp(join(tmpdir(), 'e2e-'));
    server.port = await freePort();
    server.settings = settings;
    if (['postgres', 'redis'].includes(process.env.STORAGE)) server.postgres = await Postgres.makeDatabase();
    if (process.env.STORAGE === 'redis') server.redis = redis ?? (await Redis.start());
    server.project = project ?? (process.env.STORAGE === 'supabase' ? await SupabaseProject.make() : null);
    server.postgres ??= server.project?.postgres;
    await server.launch();
    return server;
  }

  /** Another server around the same Redis and database, of another version if wanted; it is stopped with this one at the latest. */
  async another(settings = {}, program = binary) {
    const server = Object.assign(new TestServer(), { folder: await mkdtemp(join(tmpdir(), 'e2e-')), port: await freePort() });
    Object.assign(server, { settings: { ...this.settings, ...settings }, postgres: this.postgres, redis: this.redis, project: this.project, isGuest: true, program });
    this.guests.push(server);
    await server.launch();
    return server;
  }

  /** Starts the program with settings that it must refuse. What it said, its exit status, and what it left in its folder. */
  static async refusedStart(settings) {
    assert.ok(binary, 'COLLAB_TODO_BINARY must name the program to test');
    const server = Object.assign(new TestServer(), { folder: await mkdtemp(join(tmpdir(), 'e2e-')), port: await freePort(), settings });
    try {
      const failure = await promisify(execFile)(binary, ['serve'], { cwd: server.folder, env: server.environment, timeout: patience }).catch((error) => error);
      return { code: failure.code, said: `${failure.stdout}${failure.stderr}`, made: await readdir(server.folder) };
    } finally {
      await rm(server.folder, { recursive: true, force: true });
    }
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get environment() {
    return {
      PATH: process.env.PATH, HOME: this.folder, HOST: '127.0.0.1', PORT: String(this.port), DATA_DIR: join(this.folder, 'data'),
      JWT_SECRET_KEY: secret, SHARDS: process.env.SHARDS ?? '1', DRAIN_SECONDS: '0', LOG_LEVEL: 'warning', LOG_FILE: 'none',
      LIMIT_EVENTS_PER_SECOND: '0', ASAN_OPTIONS: process.env.ASAN_OPTIONS, UBSAN_OPTIONS: process.env.UBSAN_OPTIONS,
      TSAN_OPTIONS: process.env.TSAN_OPTIONS, ...(this.project ? this.project.settings : this.postgres && { DATABASE_URL: this.postgres.url }),
      ...(this.redis && { REDIS_URL: this.redis.url }), ...this.settings,
    };
  }

  async launch() {
    this.said = '';
    const process = spawn(this.program ?? binary, ['serve'], { cwd: this.folder, env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = process;
    for (const stream of [process.stdout, process.stderr]) stream.on('data', (text) => (this.said += text));
    this.exited = new Promise((resolve) => process.once('exit', (code, signal) => resolve({ code, signal })));
    const deadline = Date.now() + patience;
    while (!(await this.isReady())) {
      assert.equal(process.exitCode, null, `the server ended at once:\n${this.said}`);
      assert.ok(Date.now() < deadline, `the server is not ready after ${patience} ms:\n${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until the server has written such a line to its log. */
  says(pattern, limit = patience) {
    const said = new Promise((resolve) => {
      const look = () => {
        if (!pattern.test(this.said)) return;
        for (const stream of [this.process.stdout, this.process.stderr]) stream.off('data', look);
        resolve();
      };
      for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', look);
      look();
    });
    return withDeadline(said, () => `${pattern} in the log:\n${this.said}`, limit);
  }

  async isReady() {
    try {
      return (await fetch(`${this.url}/readyz`)).status === 200;
    } catch {
      return false;
    }
  }

  /** Ends the process as an operator would; it must drain and exit with 0. */
  async halt() {
    this.process.kill('SIGTERM');
    const stuck = setTimeout(() => this.process.kill('SIGKILL'), patience);
    const { code, signal } = await this.exited;
    clearTimeout(stuck);
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, `the server did not end well:\n${this.said}`);
  }

  /** Ends the process as a power cut would. */
  async kill() {
    this.process.kill('SIGKILL');
    await this.exited;
  }

  async restart(settings = {}) {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.halt();
    this.settings = { ...this.settings, ...settings };
    await this.launch();
  }

  async stop() {
    try {
      for (const guest of this.guests) await guest.stop();
      if (this.process.exitCode === null && this.process.signalCode === null) await this.halt();
    } finally {
      if (!this.isGuest) this.redis?.end();
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  /** Starts another command of the program on the same data folder. Rejects if it fails or takes too long. */
  execute(words, settings = {}) {
    return promisify(execFile)(binary, words, { cwd: this.folder, env: { ...this.environment, ...settings }, timeout: patience });
  }

  /** What such a command printed; it must succeed. */
  async command(...words) {
    return (await this.execute(words)).stdout;
  }

  /** The exit status of such a command, which may fail, and what it said. */
  async outcome(words, settings = {}) {
    const { code = 0, stdout, stderr } = await this.execute(words, settings).catch((error) => error);
    return { code, stdout, said: `${stdout}${stderr}` };
  }

  get database() {
    return join(this.folder, 'data', 'collab.db');
  }
}
