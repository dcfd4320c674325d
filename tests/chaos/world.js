// Everything that a run is made of: servers, workers, Redis and PostgreSQL as processes of their own, and between any two of them a link
// that can be broken.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort, TestServer } from '../e2e/support/server.js';
import { Postgres } from '../e2e/support/postgres.js';
import { Worker } from '../e2e/support/worker.js';
import { Proxy } from './proxy.js';
import { topologies } from './topologies.js';

const run = promisify(execFile);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const running = new Set();
process.once('exit', () => {
  for (const process of running) {
    process.kill('SIGCONT');
    process.kill('SIGKILL');
  }
});

/** A server or a worker: a process, its links, and the way back to life. */
class Member {
  links = {};
  isMeantToRun = false;

  constructor(world, name, program) {
    Object.assign(this, { world, name, program });
  }

  async makeLinks() {
    const { redis, postgres } = this.world;
    const { link, url } = await redis.link();
    if (link) this.links.redis = link;
    this.socketFolder = mkdtempSync(join(tmpdir(), 'l-'));
    this.links.postgres = await Proxy.start({ path: join(this.socketFolder, '.s.PGSQL.5432') },
      { path: join(postgres.cluster.folder, '.s.PGSQL.5432') });
    this.settings = {
      REDIS_URL: url,
      DATABASE_URL: `postgresql://collab@/${postgres.name}?host=${this.socketFolder}`,
      LOG_LEVEL: 'info',
    };
  }

  get process() {
    return this.program?.process;
  }

  /** Starts it, again and again until what it needs is there. */
  async launch() {
    const deadline = Date.now() + 90_000;
    for (;;) {
      try {
        await this.start();
        break;
      } catch (error) {
        this.process?.kill('SIGKILL');
        if (Date.now() > deadline) throw error;
        await pause(200);
      }
    }
    this.isMeantToRun = true;
    const process = this.process;
    running.add(process);
    process.once('exit', (code, signal) => {
      running.delete(process);
      if (this.isMeantToRun && process === this.process)
        this.world.history.note('crash', { who: this.name, code, signal, said: this.program.said.slice(-2000) });
    });
  }

  async kill() {
    this.isMeantToRun = false;
    const { exited } = this.program;
    this.process.kill('SIGKILL');
    await exited;
  }

  close() {
    this.isMeantToRun = false;
    this.process?.kill('SIGKILL');
    for (const link of Object.values(this.links)) link.close();
    rmSync(this.socketFolder, { recursive: true, force: true });
    rmSync(this.program.folder, { recursive: true, force: true });
  }
}

export class ServerMember extends Member {
  static async make(world, name, settings) {
    const member = new ServerMember(world, name);
    await member.makeLinks();
    const program = Object.assign(new TestServer(), { folder: await mkdtemp(join(tmpdir(), 's-')), port: await freePort(), isGuest: true });
    program.settings = { SHARDS: '2', ...member.settings, ...settings };
    member.program = program;
    member.links.clients = await Proxy.start({ port: 0, host: '127.0.0.1' }, { port: program.port, host: '127.0.0.1' });
    await member.launch();
    return member;
  }

  start() {
    return this.program.launch();
  }

  /** Where clients reach it. */
  get url() {
    return `http://127.0.0.1:${this.links.clients.port}`;
  }

  /** Past the link: for whoever looks after it. */
  async health() {
    return (await fetch(`${this.program.url}/health`, { signal: AbortSignal.timeout(5_000) })).json();
  }

  /** As an operator restarts it: drains and ends well. */
  async restart() {
    this.isMeantToRun = false;
    await this.program.halt();
    await this.launch();
  }
}

export class WorkerMember extends Member {
  static async make(world, name) {
    const member = new WorkerMember(world, name);
    await member.makeLinks();
    await member.launch();
    return member;
  }

  async start() {
    const like = { environment: { ...this.world.servers[0].program.environment, ...this.settings } };
    this.program = await Worker.start(like);
  }
}

export class World {
  servers = [];
  workers = [];

  static async make(history, { servers = 2, workers = 1, topology = 'single', settings = {} } = {}) {
    const world = Object.assign(new World(), { history, topology });
    world.redis = await topologies[topology].start();
    world.mayLose = world.redis.mayLose;
    world.postgres = await Postgres.makeDatabase();
    for (let at = 0; at < servers; ++at) {
      // The first leaves all writing to others. The rest help the workers, and have no room for all lists at once.
      const own = at === 0 ? { WORKER: 'off' } : { WORKER: 'on', L1_MAX_BYTES: '64k' };
      world.servers.push(await ServerMember.make(world, `server ${at + 1}`, { ...settings, ...own }));
    }
    for (let at = 0; at < workers; ++at) world.workers.push(await WorkerMember.make(world, `worker ${at + 1}`));
    return world;
  }

  get members() {
    return [...this.servers, ...this.workers];
  }

  get cluster() {
    return this.postgres.cluster;
  }

  /** PostgreSQL's first process and all that came of it. */
  async postgresProcesses() {
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(this.cluster.process.pid)]).catch(() => ({ stdout: '' }));
    return [this.cluster.process.pid, ...stdout.split('\n').filter((line) => line.trim()).map(Number)];
  }

  async signalPostgres(signal) {
    for (const pid of await this.postgresProcesses()) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;  // it ended by itself meanwhile
      }
    }
  }

  /** As a power cut would. */
  async killPostgres() {
    const gone = new Promise((resolve) => this.cluster.process.once('exit', resolve));
    this.cluster.process.ref();
    await this.signalPostgres('SIGKILL');
    await gone;
  }

  async launchPostgres() {
    const deadline = Date.now() + 60_000;
    for (;;) {
      try {
        return await this.cluster.launch();
      } catch (error) {
        if (Date.now() > deadline) throw error;  // what it left in shared memory may be there for a moment
        await pause(200);
      }
    }
  }

  /** Nothing more is written to lists, though they can be read, until what this returns is called. */
  async lockPostgres() {
    const sql = "begin; lock table todo_lists, todo_items, todo_list_members in exclusive mode; select 'locked'; select pg_sleep(120)";
    const program = spawn('psql', ['-h', this.cluster.folder, '-U', 'postgres', '-d', this.postgres.name, '-X', '-q', '-A', '-t'],
      { stdio: ['pipe', 'pipe', 'ignore'] });
    program.stdin.end(`${sql.replaceAll('; ', ';\n')};\n`);
    await new Promise((resolve) => {
      program.stdout.once('data', resolve);
      program.once('exit', resolve);
    });
    return async () => {
      program.kill('SIGKILL');
      await this.rows("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(120)%' and pid <> pg_backend_pid()");
    };
  }

  /** Rows as objects, without holding up this process. */
  async rows(sql) {
    const words = ['-h', this.cluster.folder, '-U', 'postgres', '-d', this.postgres.name, '-v', 'ON_ERROR_STOP=1', '-X', '-q', '-A', '-t',
      '-c', `select coalesce(json_agg(t), '[]') from (${sql}) t`];
    const { stdout } = await run('psql', words, { maxBuffer: 1 << 28, timeout: 15_000 });
    return JSON.parse(stdout);
  }

  /** What was said by everybody, for whoever looks into a failure. */
  async logs() {
    const said = Object.fromEntries(this.members.map((member) => [member.name, member.program.said]));
    for (const [at, node] of this.redis.nodes.entries()) said[`redis ${at + 1}`] = await readFile(join(node.folder, 'log'), 'utf8');
    said.postgres = readFileSync(join(this.cluster.folder, 'log'), 'utf8');
    return said;
  }

  close() {
    for (const member of this.members) member.close();
    this.redis.end();
  }
}
