// A clock for a process under test that can be set while it runs (libfaketime). Time passes as it does; what is measured rather than read
// off the clock (CLOCK_MONOTONIC) stays as it is, as when an operator or NTP sets a machine's clock.
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu`).find((path) => existsSync(`${path}/faketime`));
// jemalloc, which Debian's Redis uses, asks for the time before libfaketime can tell it; another allocator in front of both does not.
const libraries = [`${folder}/libmimalloc.so.2`, `${folder}/faketime/libfaketimeMT.so.1`];

export class FakeClock {
  constructor() {
    if (!libraries.every(existsSync)) throw new Error('libfaketime or libmimalloc is missing: scripts/setup.sh test installs it');
    this.folder = mkdtempSync(join(tmpdir(), 'clock-'));
    this.set(0);
  }

  /** So many seconds beside the machine's clock. */
  set(seconds) {
    const file = join(this.folder, 'offset');
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
    renameSync(`${file}.new`, file);
    this.seconds = seconds;
  }

  get environment() {
    return { LD_PRELOAD: libraries.join(':'), FAKETIME_TIMESTAMP_FILE: join(this.folder, 'offset'), FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  }

  /** What it leaves of a process that was killed. */
  static sweep(pid) {
    for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(`/dev/shm/${name}`, { force: true });
  }

  end() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
