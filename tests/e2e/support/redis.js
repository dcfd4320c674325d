// A redis-server for one server under test (or several of them): in a folder of its own, on a free port, ended by its process id.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from './clock.js';

const patience = 30_000;
const running = new Set();
process.once('exit', () => {
  for (const redis of running) redis.end();
});

// Below those that the kernel gives to clients: one that tries to reach a server which is away must not meet itself.
const [firstPort, portCount] = [20_000, 12_000];
let nextPort = Math.floor(Math.random() * portCount);

/** A port that nobody listens on, and that this process gets once. */
export async function serverPort() {
  for (;;) {
    const port = firstPort + nextPort;
    nextPort = (nextPort + 1) % portCount;
    const probe = createServer();
    const isFree = await new Promise((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

export class Redis {
  /** `words` are its file of settings, or settings over those that are good for tests; `environment` is put over this process's. */
  static async start(words = [], environment = {}) {
    const redis = new Redis();
    Object.assign(redis, { words, environment });
    redis.folder = mkdtempSync(join(tmpdir(), 'redis-'));
    redis.port = await serverPort();
    running.add(redis);
    await redis.launch();
    return redis;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  async launch(words = this.words) {
    this.words = words;
    const log = openSync(join(this.folder, 'log'), 'a');
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    const safe = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    const isFile = this.words[0]?.endsWith('.conf');
    this.process = spawn('redis-server', isFile ? [...this.words, ...place] : [...place, ...safe, ...this.words],
      { stdio: ['ignore', log, log], env: { ...process.env, ...this.environment } });
    this.process.unref();
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    const deadline = Date.now() + patience;
    while ((await this.run('PING').catch(() => '')) !== '+PONG') {
      if (this.process.exitCode !== null || Date.now() > deadline) throw new Error(readFileSync(join(this.folder, 'log'), 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Runs one command that is answered in one line; the line. */
  run(...words) {
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.port, '127.0.0.1', () => {
        socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
      });
      let said = '';
      socket.on('data', (data) => {
        said += data;
        if (!said.includes('\r\n')) return;
        resolve(said.slice(0, said.indexOf('\r\n')));
        socket.destroy();
      });
      socket.on('error', reject);
    });
  }

  /** Waits until the workers have brought every accepted change into the database. Nothing else happens meanwhile. */
  waitUntilDrained() {
    const deadline = Date.now() + patience;
    while (this.waiting() > 0) {
      if (Date.now() > deadline) throw new Error(`${this.waiting()} changes do not reach the database`);
    }
  }

  /** How many accepted changes are not in the database yet. */
  waiting() {
    return this.#sum("redis.call('XLEN', key)");
  }

  /** How many of them a worker has taken. */
  pending() {
    return this.#sum("redis.call('XPENDING', key, 'store')[1]");
  }

  #sum(ofStream) {
    const sum = `local n = 0 for p = 0, 15 do local key = string.format('collab:{%02d}:writes', p)
      if redis.call('EXISTS', key) == 1 then n = n + ${ofStream} end end return n`;
    return Number(this.cli('EVAL', sum, '0'));
  }

  /** Runs a command; what redis-cli prints. */
  cli(...words) {
    return execFileSync('redis-cli', ['-p', String(this.port), ...words], { encoding: 'utf8', timeout: patience }).trimEnd();
  }

  /** As a power cut would. */
  async kill() {
    this.process.ref();
    this.process.kill('SIGKILL');
    await this.exited;
    FakeClock.sweep(this.process.pid);
  }

  pause() {
    this.process.kill('SIGSTOP');
  }

  resume() {
    this.process.kill('SIGCONT');
  }

  /** The value of a line of INFO. */
  info(name) {
    return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(this.cli('INFO', 'all'))?.[1];
  }

  end() {
    this.process.kill('SIGKILL');
    FakeClock.sweep(this.process.pid);
    running.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
