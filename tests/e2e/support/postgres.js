// A PostgreSQL server for one test file: a cluster in a folder of its own, on a Unix socket, ended by its process id with the file.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const programs = '/usr/lib/postgresql/15/bin';
const patience = 60_000;

// It refuses to run as root.
function runner() {
  if (process.getuid() !== 0) return {};
  const [, , uid, gid] = readFileSync('/etc/passwd', 'utf8').split('\n').find((line) => line.startsWith('postgres:')).split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Lets the user that PostgreSQL runs as reach a folder. */
export function openTo(folder) {
  if (process.getuid() !== 0) return;
  for (let above = dirname(folder); above !== '/'; above = dirname(above)) execFileSync('chmod', ['o+x', above]);
}

class Cluster {
  static #only = null;

  static async get() {
    Cluster.#only ??= new Cluster().start();
    return Cluster.#only;
  }

  async start() {
    this.as = runner();
    this.folder = mkdtempSync(join(tmpdir(), 'pg-'));
    if (this.as.uid !== undefined) chownSync(this.folder, this.as.uid, this.as.gid);
    openTo(this.folder);
    execFileSync(join(programs, 'initdb'), ['-D', join(this.folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8',
      '--no-sync', '--no-instructions'], { ...this.as, stdio: 'ignore' });
    process.once('exit', () => this.end());
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
    await this.launch();
    return this;
  }

  async launch() {
    const log = openSync(join(this.folder, 'log'), 'a');
    this.process = spawn(join(programs, 'postgres'), ['-D', join(this.folder, 'data'), '-c', `unix_socket_directories=${this.folder}`,
      '-c', 'listen_addresses=', '-c', 'shared_buffers=16MB'], { ...this.as, stdio: ['ignore', log, log] });
    this.process.unref();
    const deadline = Date.now() + patience;
    while (!this.isReady()) {
      if (this.process.exitCode !== null || Date.now() > deadline) throw new Error(readFileSync(join(this.folder, 'log'), 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A copy that follows this one, as it is now, and is not started yet. */
  makeStandby() {
    const standby = Object.assign(new Cluster(), { as: this.as, folder: mkdtempSync(join(tmpdir(), 'pg-')) });
    if (this.as.uid !== undefined) chownSync(standby.folder, this.as.uid, this.as.gid);
    execFileSync(join(programs, 'pg_basebackup'), ['-h', this.folder, '-U', 'postgres', '-D', join(standby.folder, 'data'), '-R', '-c', 'fast', '--no-sync'],
      { ...this.as, stdio: 'ignore', timeout: patience });
    process.once('exit', () => standby.end());
    return standby;
  }

  /** Starts a copy in place of the one that it followed, from which it may not have heard everything. */
  async promote() {
    await this.launch();
    this.psql('postgres', 'select pg_promote()');
  }

  /** As an operator would, without waiting for clients. */
  async stop() {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.ref();
    this.process.kill('SIGINT');
    await gone;
  }

  isReady() {
    try {
      execFileSync(join(programs, 'pg_isready'), ['-q', '-h', this.folder], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }

  // At exit nothing can be waited for: an immediate shutdown, and the folder goes when the process is gone.
  end() {
    if (!this.process || this.process.exitCode !== null) return rmSync(this.folder, { recursive: true, force: true });
    this.process.kill('SIGQUIT');
    const deadline = Date.now() + 10_000;
    while (existsSync(join(this.folder, 'data', 'postmaster.pid')) && Date.now() < deadline) execFileSync('sleep', ['0.02']);
    rmSync(this.folder, { recursive: true, force: true });
  }

  psql(database, sql, ...more) {
    return execFileSync('psql', ['-h', this.folder, '-U', 'postgres', '-d', database, '-v', 'ON_ERROR_STOP=1', '-X', '-q', '-A', '-t', ...more,
      '-c', sql], { encoding: 'utf8', maxBuffer: 1 << 28, timeout: patience });
  }
}

export class Postgres {
  static #count = 0;

  static async makeDatabase() {
    const database = new Postgres();
    database.cluster = await Cluster.get();
    database.name = `e2e${(Postgres.#count += 1)}`;
    if (Postgres.#count === 1) database.cluster.psql('postgres', 'create role collab login');
    database.cluster.psql('postgres', `create database ${database.name} owner collab`);
    return database;
  }

  get url() {
    return `postgresql://collab@/${this.name}?host=${this.cluster.folder}`;
  }

  /** Rows as objects. */
  query(sql) {
    return JSON.parse(this.cluster.psql(this.name, `select coalesce(json_agg(t), '[]') from (${sql}) t`));
  }

  /** Locks a table as an operator's session would; resolves with the function that ends it. */
  async lock(table, mode) {
    const session = spawn('psql', ['-h', this.cluster.folder, '-U', 'postgres', '-d', this.name, '-X', '-q', '-A', '-t'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const locked = new Promise((resolve) => session.stdout.once('data', resolve));
    const ended = new Promise((resolve) => session.once('exit', resolve));
    session.stdin.write(`begin; lock table ${table} in ${mode} mode; select 'locked';\n`);
    await Promise.race([locked, ended]);
    if (session.exitCode !== null) throw new Error('psql ended');
    return async () => {
      session.stdin.end('rollback;\n');
      await ended;
    };
  }

  /** How many of its sessions wait for a lock. */
  waitingForLocks() {
    return this.query(`select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = '${this.name}'`)[0].n;
  }

  assertSound() {
    execFileSync(join(programs, 'pg_amcheck'), ['-h', this.cluster.folder, '-U', 'postgres', '--install-missing', '--heapallindexed', '-d', this.name],
      { timeout: patience });
  }
}
