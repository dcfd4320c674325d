// Random histories of clients that come and go; the seed of a failure replays it:
//
//   SEED=123 HISTORIES=1 npx vitest run tests/histories.test.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHistory, type Outcome } from './support/history.js';
import { query, startServer, type Random, type TestServer } from './support/server.js';

const firstSeed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const only = process.env['HISTORIES'] === undefined ? null : Number(process.env['HISTORIES']);
const steps = Number(process.env['HISTORY_STEPS'] ?? 30);
const atOnce = 8;

/** The seeds from `from` on, several at a time. Fails with the seed of the first that fails. */
async function runAll(server: TestServer, from: number, count: number, disturb?: (random: Random) => Promise<void>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = from;
  const work = async () => {
    while (next < from + count) {
      const seed = next++;
      try {
        outcomes.push(await runHistory(server, seed, { steps, ...(disturb && { disturb }) }));
      } catch (error) {
        next = Infinity;
        throw new Error(`SEED=${seed} HISTORIES=1 replays this history: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
  };
  await Promise.all([...Array(disturb ? 1 : atOnce)].map(work));
  return outcomes;
}

const columns = ['name', 'description', 'done', 'due_date', 'media_url', 'position', 'rev'] as const;

/** The database has what the clients have, and everything that was ever added. */
function compareWithDatabase(server: TestServer, outcomes: Outcome[]): void {
  const rows = query(server, `select lower(hex(list_id)) as list, lower(hex(item_id)) as id, is_deleted, ${columns.join(', ')} from items`);
  const stored = new Map(rows.map((row) => [`${row['list'] as string} ${row['id'] as string}`, row]));
  const find = (list_id: string, id: string) => stored.get(`${list_id} ${id}`.replaceAll('-', ''));
  for (const { list_id, items, added } of outcomes) {
    const live = rows.filter((row) => row['list'] === list_id.replaceAll('-', '') && row['is_deleted'] === 0);
    expect(live).toHaveLength(items.length);
    for (const item of items) {
      const wanted = Object.fromEntries(columns.map((column) => [column, column === 'done' ? Number(item.done) : item[column]]));
      expect(find(list_id, item.id)).toMatchObject(wanted);
    }
    for (const id of added) expect(find(list_id, id), `the item ${id} was added, and is lost`).toBeDefined();
  }
}

function tell(what: string, outcomes: Outcome[]): void {
  const sums: Record<string, number> = {};
  for (const { counts } of outcomes) for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  console.log(`# ${outcomes.length} histories ${what}, SEED=${firstSeed}: ${JSON.stringify(sums)}`);
}

describe.each([
  { scope: 'field', count: 200 },
  { scope: 'item', count: 20 },
  { scope: 'list', count: 20 },
])('clients that come and go, with conflicts by $scope', ({ scope, count }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ CONFLICT_SCOPE: scope });
  });
  afterAll(() => server.stop());

  test('all have the same in the end, and every accepted change has happened once', { timeout: 240_000 }, async () => {
    const outcomes = await runAll(server, firstSeed, only ?? count);

    compareWithDatabase(server, outcomes);
    tell(`with conflicts by ${scope}`, outcomes);
  });
});

describe('clients of a server that is killed', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  test('lose nothing that was accepted', { timeout: 240_000 }, async () => {
    let kills = 0;
    const outcomes = await runAll(server, firstSeed, only ?? 6, async (random) => {
      if (!random.chance(0.07)) return;
      ++kills;
      await server.kill();
      await server.launch();
    });

    compareWithDatabase(server, outcomes);
    tell(`with ${kills} kills`, outcomes);
  });
});
