// Installs the clients, and the example, by their lockfiles, unless they are there already.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

for (const place of ['../', '../../../examples/two-users/']) {
  const folder = new URL(place, import.meta.url).pathname;
  const installed = `${folder}node_modules/.package-lock.json`;
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(`${folder}package-lock.json`).mtimeMs) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' });
  }
}
console.log('1 passed, 0 failed');
