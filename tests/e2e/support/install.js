// Installs the clients, and the example, by their lockfiles, unless they are there already; or the packages of the folders that are named.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const own = ['../', '../../../examples/two-users/'].map((place) => new URL(place, import.meta.url).pathname);
const named = process.argv.slice(2).map((folder) => `${folder}/`);
for (const folder of named.length > 0 ? named : own) {
  const installed = `${folder}node_modules/.package-lock.json`;
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(`${folder}package-lock.json`).mtimeMs) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' });
  }
}
console.log('1 passed, 0 failed');
