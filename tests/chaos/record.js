// Records the history that checker.test.js plays with: node record.js FILE. A few faults, little traffic, so that it stays small.
import { check } from './checker.js';
import { History } from './history.js';
import { playRound } from './round.js';
import { World } from './world.js';

const history = new History();
const world = await World.make(history);
await playRound(world, 7, 'r', { rest: 400, keep: 300, kinds: ['kill server', 'kill redis', 'cut client-server'] });
for (const { invariant, text } of check(history.records)) console.log(`${invariant}. ${text}`);
await history.write(process.argv[2]);
world.close();
process.exit(0);
