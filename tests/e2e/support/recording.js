// What a server of some version leaves in Redis, as commands that put it there again. Written by `node tests/e2e/versions/record.js FILE`
// with COLLAB_TODO_BINARY, read by versions.test.js with whatever binary is tested.
import { readFileSync, writeFileSync } from 'node:fs';

const keysOf = (redis) => redis.cli('KEYS', 'collab:*').split('\n').filter((key) => key !== '').sort();

function pairs(text) {
  const lines = text === '' ? [] : text.split('\n');
  return Array.from({ length: lines.length / 2 }, (_, n) => [lines[2 * n], lines[2 * n + 1]]);
}

/** Every key but what is short-lived: { key: value | { field: value } | [ { l, c } … ] }. */
export function contentOf(redis) {
  const content = {};
  for (const key of keysOf(redis)) {
    const type = redis.cli('TYPE', key);
    if (/:seed:|:loading|:replid$/.test(key)) continue;
    if (type === 'string') content[key] = redis.cli('GET', key);
    if (type === 'hash') content[key] = Object.fromEntries(pairs(redis.cli('HGETALL', key)));
    if (type === 'stream') content[key] = JSON.parse(redis.cli('EVAL', STREAM, '1', key));
  }
  return content;
}

// Entries hold line feeds, which redis-cli would not tell from its own.
const STREAM = `local all = {} for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do local one = {}
  for i = 1, #entry[2], 2 do one[entry[2][i]] = entry[2][i + 1] end all[#all + 1] = one end
  return #all == 0 and '[]' or cjson.encode(all)`;

/** Puts it into Redis; keys that are there already are left as they are, apart from those named. */
export function restore(redis, content) {
  for (const [key, value] of Object.entries(content)) {
    if (typeof value === 'string') redis.cli('SET', key, value);
    else if (Array.isArray(value)) for (const { l, c } of value) redis.cli('XADD', key, '*', 'l', l, 'c', c);
    else if (Object.keys(value).length > 0) redis.cli('HSET', key, ...Object.entries(value).flat());
  }
}

export const save = (file, recording) => writeFileSync(file, `${JSON.stringify(recording, null, 1)}\n`);
export const load = (file) => JSON.parse(readFileSync(file, 'utf8'));
