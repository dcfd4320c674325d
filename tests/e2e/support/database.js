// Looks into the server's database with the sqlite3 or psql tool, as an operator would: beside the program under test, not through it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

/** Rows as objects. */
export function query(server, sql) {
  const text = execFileSync('sqlite3', ['-json', '-cmd', '.timeout 5000', server.database, sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return text.trim() === '' ? [] : JSON.parse(text);
}

const dashed = (hex) => hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Every item row, with ids as the wire writes them. */
export function items(server) {
  server.redis?.waitUntilDrained();
  if (server.postgres) return server.postgres.query('select list_id, id, name, is_deleted, rev from todo_items');
  return query(server, 'select hex(list_id) as list_id, hex(item_id) as id, name, is_deleted, rev from items').map((row) => ({
    ...row, list_id: dashed(row.list_id), id: dashed(row.id), is_deleted: row.is_deleted === 1,
  }));
}

export function assertSound(server) {
  server.redis?.waitUntilDrained();
  // PostgreSQL's own tool for this reads every table and every index.
  if (server.postgres) return server.postgres.assertSound();
  assert.deepEqual(query(server, 'pragma integrity_check'), [{ integrity_check: 'ok' }]);
}
