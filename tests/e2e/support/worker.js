// `collab-todo worker` around a server's Redis and database, in a folder of its own, ended by its process id.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDeadline } from './deadline.js';

const running = new Set();
process.once('exit', () => {
  for (const worker of running) worker.process.kill('SIGKILL');
});

export class Worker {
  /** Returns when it says that it works. */
  static async start(server, settings = {}) {
    const worker = new Worker();
    worker.folder = mkdtempSync(join(tmpdir(), 'worker-'));
    worker.said = '';
    const { DATA_DIR, PORT, ...shared } = server.environment;
    assert.ok(DATA_DIR && PORT, 'the worker is given neither');
    worker.process = spawn(process.env.COLLAB_TODO_BINARY, ['worker'],
      { cwd: worker.folder, env: { ...shared, LOG_LEVEL: 'info', ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(worker);
    worker.exited = new Promise((resolve) => worker.process.once('exit', (code, signal) => resolve({ code, signal })));
    worker.exited.then(() => running.delete(worker));
    const started = new Promise((resolve) => {
      for (const stream of [worker.process.stdout, worker.process.stderr])
        stream.on('data', (text) => {
          worker.said += text;
          if (/\[worker\] started/.test(worker.said)) resolve();
        });
    });
    await withDeadline(Promise.race([started, worker.exited]), () => `the worker's start:\n${worker.said}`);
    assert.equal(worker.process.exitCode, null, `the worker ended at once:\n${worker.said}`);
    return worker;
  }

  /** Ends it as an operator would; its exit status. */
  async halt() {
    return this.end('SIGTERM');
  }

  pause() {
    this.process.kill('SIGSTOP');
  }

  resume() {
    this.process.kill('SIGCONT');
  }

  async kill() {
    return this.end('SIGKILL');
  }

  async end(signal) {
    this.process.kill(signal);
    this.resume();
    const status = await withDeadline(this.exited, () => `the worker's end:\n${this.said}`, 30_000);
    rmSync(this.folder, { recursive: true, force: true });
    return status;
  }
}
