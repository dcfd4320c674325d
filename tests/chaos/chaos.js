// Plays rounds of faults under traffic against real processes, and checks what everybody saw. ./chaos --help tells how it is called.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, summaryOf } from './checker.js';
import { History } from './history.js';
import { kindsOf } from './nemeses.js';
import { topologies } from './topologies.js';
import { playRound } from './round.js';
import { World } from './world.js';

const leastOfEach = 10;

function fail(message) {
  console.error(`chaos: ${message}`);
  process.exit(2);
}

function wholeNumber(text, name) {
  if (!/^\d+$/.test(text)) fail(`${name} must be a whole number, not "${text}"`);
  return Number(text);
}

function optionsOf(words) {
  const options = { minutes: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' }, topology: { type: 'string', default: 'single' } };
  let given;
  try {
    given = parseArgs({ args: words, options }).values;
  } catch (error) {
    fail(error.message);
  }
  if (!(given.topology in topologies)) fail(`--topology must be ${Object.keys(topologies).join(', ')}, not "${given.topology}"`);
  const seed = given.seed ?? process.env.SEED;
  return {
    minutes: given.minutes === undefined ? null : wholeNumber(given.minutes, '--minutes'),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 32) : wholeNumber(seed, '--seed') >>> 0,
    folder: given.keep ?? 'build/chaos', topology: given.topology,
  };
}

/** Sums what the rounds counted. */
class Report {
  rounds = 0;
  sums = { operations: 0, acks: 0, refusals: {}, unanswered: 0, repeated: 0, lostInFailovers: 0, changes: 0, events: 0, joins: 0, sockets: 0, faults: {} };
  violations = [];

  add(summary) {
    ++this.rounds;
    for (const [name, value] of Object.entries(summary)) {
      if (typeof value === 'number') this.sums[name] += value;
      else for (const [kind, count] of Object.entries(value)) this.sums[name][kind] = (this.sums[name][kind] ?? 0) + count;
    }
  }

  /** Kinds that did not come often enough to say that they were tried. */
  rareOf(world) {
    return [...kindsOf(world), ...world.redis.losses].filter((kind) => (this.sums.faults[kind] ?? 0) < leastOfEach);
  }

  print(seconds) {
    const { operations, acks, refusals, unanswered, repeated, lostInFailovers, changes, events, joins, sockets, faults: kinds } = this.sums;
    const list = (counts) => Object.entries(counts).sort().map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
    console.log(`# ${this.rounds} rounds in ${seconds} s; ${operations} operations, ${changes} changes, ${events} events to ${sockets} connections, ${joins} joins`);
    console.log(`# acknowledged ${acks}; unanswered ${unanswered}; operations sent more than once ${repeated}`);
    console.log(`# refused: ${list(refusals)}`);
    console.log(`# faults: ${list(kinds)}`);
    if (lostInFailovers > 0) console.log(`# lost in failovers, as the durability level allows: ${lostInFailovers}`);
    console.log(`# violations: ${this.violations.length}`);
  }
}

/** For whoever looks into it: the history, and what every process said. */
async function keepEvidence(folder, seed, world, history, violations) {
  const place = join(folder, String(seed));
  mkdirSync(place, { recursive: true });
  await history.write(join(place, 'history.jsonl'));
  writeFileSync(join(place, 'violations.txt'), violations.map(({ invariant, text }) => `${invariant}. ${text}\n`).join(''));
  for (const [who, said] of Object.entries(await world.logs().catch(() => ({})))) writeFileSync(join(place, `${who}.log`.replace(' ', '-')), said);
  return place;
}

async function playAndCheck(world, seed, number, how, report, folder) {
  const history = new History();
  world.history = history;
  let violations;
  try {
    await playRound(world, seed, `r${number}`, how);
    report.add(summaryOf(history.records));
    violations = check(history.records);
  } catch (error) {
    violations = [{ invariant: 0, text: `the round could not be played to its end: ${error.stack}` }];
  }
  if (violations.length === 0) return;
  report.violations.push(...violations);
  const place = await keepEvidence(folder, seed, world, history, violations);
  console.log(`# round ${number}: ${violations.length} violations; see ${place}; again with: ./chaos --seed ${seed}`);
  for (const { invariant, text } of violations.slice(0, 10)) console.log(`#   ${invariant}. ${text.slice(0, 500)}`);
}

async function main() {
  if (!process.env.COLLAB_TODO_BINARY) fail('COLLAB_TODO_BINARY must name the program to test');
  const { minutes, seed, folder, topology } = optionsOf(process.argv.slice(2));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  console.log(`# SEED=${seed} topology ${topology}`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1_000);
  const report = new Report();
  const settings = { CONFLICT_SCOPE: ['field', 'item', 'list'][seed % 3] };
  const world = await World.make(new History(), { topology, settings });
  const isLong = minutes !== null;
  const how = isLong ? { times: 2, lanes: 3 } : { times: 1, lanes: 5 };
  // Each round has a seed of its own, so that the one that fails can be played alone.
  for (let number = 1; number === 1 || (isLong && seconds() < minutes * 60 && report.violations.length === 0); ++number) {
    const own = (seed + Math.imul(number - 1, 0x9e3779b9)) >>> 0;
    await playAndCheck(world, own, number, how, report, folder);
    if (isLong) console.log(`# round ${number} (seed ${own}) after ${seconds()} s: ${report.sums.operations} operations, ${report.violations.length} violations`);
  }
  world.close();
  report.print(seconds());
  if (report.violations.length > 0) return 1;
  const rare = report.rareOf(world);
  if (isLong && rare.length > 0) {
    console.log(`# not passed: fewer than ${leastOfEach} times came ${rare.join(', ')}. Give it more minutes`);
    return 1;
  }
  console.log('# passed');
  return 0;
}

process.exit(await main());
