// A pgbouncer in transaction mode in front of the file's PostgreSQL, with fewer connections than the servers: they must share.
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './deadline.js';

export class Pgbouncer {
  static async before(postgres) {
    const pooler = Object.assign(new Pgbouncer(), { postgres, folder: mkdtempSync(join(tmpdir(), 'pool-')) });
    const { folder } = pooler, { as } = postgres.cluster, file = (name) => join(folder, name);
    writeFileSync(file('users'), '"collab" ""\n');
    writeFileSync(file('ini'), `[databases]\n* = host=${postgres.cluster.folder}\n[pgbouncer]\nlisten_addr=\nlisten_port=6432\nunix_socket_dir=${folder}\n` +
      `auth_type=trust\nauth_file=${file('users')}\n` +
      `pool_mode=transaction\ndefault_pool_size=2\nmax_client_conn=100\nlogfile=${file('log')}\npidfile=${file('pid')}\n`);
    if (as.uid !== undefined) for (const path of [folder, file('users'), file('ini')]) chownSync(path, as.uid, as.gid);
    const log = openSync(file('output'), 'a');
    pooler.process = spawn('/usr/sbin/pgbouncer', [file('ini')], { ...as, stdio: ['ignore', log, log] });
    process.once('exit', () => pooler.end());
    await until(() => {
      if (pooler.process.exitCode !== null) throw new Error(readFileSync(file('output'), 'utf8'));
      return existsSync(file('.s.PGSQL.6432'));
    }, 'pgbouncer listens');
    return pooler;
  }

  get url() {
    return `postgresql://collab@/${this.postgres.name}?host=${this.folder}&port=6432`;
  }

  end() {
    this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
