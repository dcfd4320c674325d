// What a list is, whoever tells it: a client's copy, the hash in Redis, the rows in PostgreSQL. All in one form:
// { rev, name, owner_id, is_deleted, members: { user: role }, items: { id: item } }, and `marks`, which only the tiers know: the rev of each
// field of each item, deleted ones too, and of each member.

export const fields = ['name', 'description', 'status', 'due_date', 'media_url', 'position', 'deleted'];
const statuses = ['not_started', 'in_progress', 'completed'];
const roles = { '-': null, v: 'viewer', e: 'editor', o: 'owner' };

const unescape = (text) => decodeURIComponent(text);
export const escape = (text) => [...new TextEncoder().encode(text)]
  .map((byte) => (/[0-9A-Za-z\-_.@]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');

/** The fields of an item that a client sees and can compare. */
export function itemOf(item) {
  return {
    name: item.name, description: item.description ?? null, status: item.status, done: item.done, due_date: item.due_date ?? null,
    media_url: item.media_url ?? null, position: item.position, rev: item.rev,
  };
}

/** A list as the wire tells it. */
export function ofSnapshot(list) {
  return {
    rev: list.rev, name: list.list_name ?? list.name, owner_id: list.owner_id, is_deleted: false,
    members: membersOf(list.members), items: Object.fromEntries(Object.entries(list.items).map(([id, item]) => [id, itemOf(item)])),
  };
}

export function membersOf(members) {
  return Object.fromEntries(members.map(({ user_id, role }) => [user_id, role]));
}

function ofRow(text) {
  const rev = Number(text.slice(0, 13));
  const json = text.indexOf('{');
  const revs = text.slice(14, json).split('|').slice(0, -1).map((one) => (one === '' ? rev : Number(one)));
  return { rev, revs, values: JSON.parse(text.slice(json)) };
}

/** The meta of a list in Redis. */
export function metaOf(text) {
  const [era, state, rev, live] = text.split(' ');
  return { era, state, rev: Number(rev), live: Number(live) };
}

/** A list's hash in Redis. */
export function ofHash(hash) {
  const meta = metaOf(hash.m);
  const list = { rev: meta.rev, name: null, owner_id: null, is_deleted: meta.state === 'd', members: {}, items: {}, marks: {} };
  for (const [field, text] of Object.entries(hash)) {
    if (field === 'h') {
      const { rev, values } = ofRow(text);
      Object.assign(list, { name: values.n, owner_id: values.o });
      list.marks.list = rev;
    } else if (field.startsWith('u:')) {
      const role = roles[text[14]];
      const user = unescape(field.slice(2));
      if (role) list.members[user] = role;
      list.marks[`member ${user}`] = `${Number(text.slice(0, 13))} ${role}`;
    } else if (field.startsWith('i:')) {
      const { rev, revs, values } = ofRow(text);
      const item = {
        name: values.n, description: values.d ?? null, status: statuses[values.s], done: values.o === 1, due_date: values.t ?? null,
        media_url: values.m ?? null, position: values.p, rev,
      };
      if (values.x !== 1) list.items[field.slice(2)] = item;
      list.marks[`item ${field.slice(2)}`] = { rev, revs, isDeleted: values.x === 1, item };
    }
  }
  return list;
}

// Differences to the item's rev as varints, least significant seven bits first; nothing: all zero.
function fieldRevs(rev, hex) {
  if (!hex) return fields.map(() => rev);
  const revs = [];
  let value = 0n, shift = 0n;
  for (const byte of Buffer.from(hex, 'hex')) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte & 128) continue;
    revs.push(rev - Number(value));
    value = shift = 0n;
  }
  return revs;
}

/** A list's rows in PostgreSQL; null if there are none. */
export function ofRows(tables, list_id) {
  const row = tables.lists.find((one) => one.id === list_id);
  if (!row) return null;
  const list = { rev: row.rev, name: row.name, owner_id: row.owner_id, is_deleted: row.is_deleted, members: {}, items: {}, marks: {} };
  for (const member of tables.members.filter((one) => one.list_id === list_id)) {
    if (member.role) list.members[member.user_id] = member.role;
    list.marks[`member ${member.user_id}`] = `${member.rev} ${member.role}`;
  }
  for (const one of tables.items.filter((item) => item.list_id === list_id)) {
    const item = itemOf({ ...one, due_date: one.due_text });
    if (!one.is_deleted) list.items[one.id] = item;
    list.marks[`item ${one.id}`] = { rev: one.rev, revs: fieldRevs(one.rev, one.field_revs), isDeleted: one.is_deleted, item };
  }
  return list;
}

/** One text for equal values. */
export function plain(value) {
  if (Array.isArray(value)) return `[${value.map(plain).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  return `{${Object.keys(value).sort().map((key) => `${key}:${plain(value[key])}`).join(',')}}`;
}

/** What of two lists differs, in words; "" if nothing does. `marks` are compared if both have them. */
export function difference(one, other) {
  if (!one || !other) return one === other ? '' : 'one of them is missing';
  const found = [];
  for (const key of ['rev', 'name', 'owner_id', 'is_deleted']) if (one[key] !== other[key]) found.push(`${key} ${one[key]} and ${other[key]}`);
  const parts = one.marks && other.marks ? ['members', 'items', 'marks'] : ['members', 'items'];
  for (const part of parts) {
    for (const key of new Set([...Object.keys(one[part]), ...Object.keys(other[part])])) {
      if (part === 'marks' && key === 'list') continue;
      const [a, b] = [one[part][key], other[part][key]];
      if (plain(a ?? null) !== plain(b ?? null)) found.push(`${part} ${key}: ${plain(a ?? null)} and ${plain(b ?? null)}`);
    }
  }
  return found.length > 3 ? `${found.slice(0, 3).join('; ')}; and ${found.length - 3} more` : found.join('; ');
}
