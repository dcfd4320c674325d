// The Redis of a chaos run: one that lives on with a full disk's errors instead of dying of a signal, and answers more than one line.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { cp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from '../e2e/support/redis.js';

const run = promisify(execFile);
const patience = 30_000;

export class RedisNode extends Redis {
  static async start(words = []) {
    // Redis.start() makes its own kind; this is one of ours around its folder and port.
    const plain = await Redis.start(words);
    await plain.kill();
    const node = Object.assign(new RedisNode(), { words: plain.words, folder: plain.folder, port: plain.port, plain });
    await node.launch();
    return node;
  }

  get isRunning() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async launch() {
    const log = openSync(join(this.folder, 'log'), 'a');
    const words = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', '--appendonly', 'yes',
      '--appendfsync', 'always', ...this.words];
    // Whoever writes beyond RLIMIT_FSIZE gets SIGXFSZ, and if that is ignored, an error: the way to a full disk that needs no root.
    this.process = spawn('sh', ['-c', 'trap "" XFSZ; exec redis-server "$@"', 'redis-server', ...words], { stdio: ['ignore', log, log] });
    this.process.unref();
    this.plain.process = this.process;  // which ends it with this process
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    const deadline = Date.now() + patience;
    while ((await this.run('PING').catch(() => '')) !== '+PONG') {
      if (!this.isRunning || Date.now() > deadline) throw new Error(`redis-server does not start; see ${this.folder}/log`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** From now on its files cannot grow by more than `bytes`. */
  async fillDisk(bytes) {
    const folder = join(this.folder, 'appendonlydir');
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
    execFileSync('prlimit', [`--pid=${this.process.pid}`, `--fsize=${Math.max(...sizes) + bytes}:unlimited`]);
  }

  async configure(...words) {
    await run('redis-cli', ['-e', '-p', String(this.port), 'CONFIG', 'SET', ...words], { timeout: 20_000 });
  }

  /** Its data as they are now; nothing is written meanwhile. */
  async copyTo(folder) {
    await rm(folder, { recursive: true, force: true });
    await cp(join(this.folder, 'appendonlydir'), folder, { recursive: true });
  }

  /** It is to be started again afterwards. */
  async replaceBy(folder) {
    await rm(join(this.folder, 'appendonlydir'), { recursive: true });
    await cp(folder, join(this.folder, 'appendonlydir'), { recursive: true });
  }

  /** Runs a Lua script that answers a text. */
  async evaluate(script, ...values) {
    const { stdout } = await run('redis-cli', ['-e', '-p', String(this.port), 'EVAL', script, '0', ...values], { maxBuffer: 1 << 28, timeout: 20_000 });
    return stdout.trimEnd();
  }

  end() {
    this.plain.end();
  }
}
