// Reads the tiers beside the program under test, and notes in the history what is there.
// Everything about every list that Redis has, in one moment. Of a cluster's node: of the lists that are its.
const everything = `
  local out = {lists = {}, ops = {}, streams = {}, dead = {}, eras = {}}
  local call = redis.call
  local function id_of(key) return string.match(key, '([^:]+)$') end
  for _, key in ipairs(call('KEYS', 'collab:{*}:list:*')) do
    out.lists[id_of(key)] = {fields = call('HGETALL', key), ttl = call('PTTL', key), key = key}
  end
  for _, key in ipairs(call('KEYS', 'collab:{*}:ops:*')) do out.ops[id_of(key)] = call('HGETALL', key) end
  for _, key in ipairs(call('KEYS', 'collab:{*}:era')) do out.eras[key] = call('GET', key) end
  for _, kind in ipairs({'writes', 'writes:dead'}) do
    for _, key in ipairs(call('KEYS', 'collab:{*}:' .. kind)) do
      local of = kind == 'writes' and out.streams or out.dead
      for _, entry in ipairs(call('XRANGE', key, '-', '+')) do of[#of + 1] = {key, entry[1], entry[2][2], entry[2][4], entry[2][6]} end
    end
  end
  return cjson.encode(out)`;

// What is needed to see whether the counts are right, and what is kept that may not be.
const counts = `
  local call, out, of = redis.call, {}, {}
  local function id_of(key) return string.match(key, '([^:]+)$') end
  for _, key in ipairs(call('KEYS', 'collab:{*}:list:*')) do
    out[id_of(key)] = {n = tonumber(call('HGET', key, 'n') or '0'), ttl = call('PTTL', key), entries = 0}
  end
  for _, kind in ipairs({'writes', 'writes:dead'}) do
    for _, key in ipairs(call('KEYS', 'collab:{*}:' .. kind)) do
      for _, entry in ipairs(call('XRANGE', key, '-', '+')) do
        local id = id_of(entry[2][2])
        out[id] = out[id] or {n = 0, ttl = -2, entries = 0}
        out[id].entries = out[id].entries + 1
      end
    end
  end
  return cjson.encode(out)`;

const waiting = `local n = 0
  for _, key in ipairs(redis.call('KEYS', 'collab:{*}:writes')) do n = n + redis.call('XLEN', key) end return tostring(n)`;

const pairs = (flat) => Object.fromEntries(Array.from({ length: Object.keys(flat).length / 2 }, (_, n) => [flat[2 * n], flat[2 * n + 1]]));
const array = (value) => (Array.isArray(value) ? value : []);  // an empty table of Lua is written {}

/** How many accepted changes are not in the database yet. */
export async function changesWaiting(world) {
  return (await world.redis.ask(waiting)).reduce((sum, one) => sum + Number(one), 0);
}

export async function readL2(world) {
  const parts = (await world.redis.ask(everything)).map((text) => JSON.parse(text));
  const read = { lists: {}, ops: {}, eras: {}, streams: [], dead: [] };
  for (const part of parts) {
    for (const name of ['lists', 'ops', 'eras']) Object.assign(read[name], part[name]);
    for (const name of ['streams', 'dead']) read[name].push(...array(part[name]));
  }
  const entries = (list) => list.map(([stream, id, key, change, why]) => ({ stream, id, key, change, why }));
  return {
    lists: Object.fromEntries(Object.entries(read.lists).map(([id, { fields, ttl, key }]) => [id, { ttl, key, fields: pairs(fields) }])),
    ops: Object.fromEntries(Object.entries(read.ops).map(([id, ops]) => [id, pairs(ops)])),
    streams: entries(read.streams), dead: entries(read.dead), eras: read.eras,
  };
}

export async function readCounts(world) {
  return Object.assign({}, ...(await world.redis.ask(counts)).map((text) => JSON.parse(text)));
}

export async function readL3(world, listIds) {
  const among = (column) => `${column} in (${listIds.map((id) => `'${id}'`).join(', ')})`;
  const [lists, items, members, ops] = [
    await world.rows(`select id, name, owner_id, is_deleted, rev, name_rev from todo_lists where ${among('id')}`),
    await world.rows(`select list_id, id, name, description, status, done, due_text, media_url, position, is_deleted, rev,
      encode(field_revs, 'hex') as field_revs from todo_items where ${among('list_id')}`),
    await world.rows(`select list_id, user_id, role, rev from todo_list_members where ${among('list_id')}`),
    await world.rows(`select list_id, op_id, user_id, rev from todo_ops where ${among('list_id')}`),
  ];
  return { lists, items, members, ops };
}

/** Only the revs, for those who watch whether they ever fall. */
export async function readL3Revs(world, listIds) {
  const among = listIds.map((id) => `'${id}'`).join(', ');
  const rows = await world.rows(`select 'list ' || id as row, rev from todo_lists where id in (${among}) union all
    select 'item ' || list_id || ' ' || id, rev from todo_items where list_id in (${among}) union all
    select 'member ' || list_id || ' ' || user_id, rev from todo_list_members where list_id in (${among})`);
  return Object.fromEntries(rows.map(({ row, rev }) => [row, rev]));
}

/** How many connections are subscribed to each list's channel. */
export async function readWatchers(world, channels) {
  const told = await world.redis.ask("return cjson.encode(redis.call('PUBSUB', 'SHARDNUMSUB', unpack(ARGV)))", ...channels);
  const sums = Object.fromEntries(channels.map((channel) => [channel, 0]));
  for (const part of told) for (const [channel, count] of Object.entries(pairs(JSON.parse(part)))) sums[channel] += Number(count);
  return sums;
}

/**
 * Looks while faults go on: whether counts are right and revs fall. What cannot be asked at the moment is left out.
 * Returns a function that ends it.
 */
export function sampleTiers(world, listIds, interval) {
  let isOver = false;
  const sampling = (async () => {
    while (!isOver) {
      await readCounts(world).then((lists) => world.history.note('counted', { lists }), () => {});
      await readL3Revs(world, listIds()).then((rows) => world.history.note('stored', { rows }), () => {});
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  })();
  return async () => {
    isOver = true;
    await sampling;
  };
}

