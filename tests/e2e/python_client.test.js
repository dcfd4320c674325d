// Debian's python3-socketio over each transport.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transports } from './support/client.js';
import { serverForAllTests } from './support/suite.js';
import { token } from './support/token.js';

const server = serverForAllTests();
const script = fileURLToPath(new URL('support/python_client.py', import.meta.url));

for (const transport of transports) {
  test(`over ${transport}`, async () => {
    const words = [script, server.current.url, token(`python-${transport}`), transport];
    const { stdout } = await promisify(execFile)('/usr/bin/python3', words, { timeout: 60_000 });
    console.log(`# ${stdout.trim()}`);
    const final = transport === 'polling' ? 'polling' : 'websocket';
    assert.match(stdout, new RegExp(`^python3-socketio 5\\.\\d+\\.\\d+, asked for ${transport}, ended on ${final}$`, 'm'));
  });
}
