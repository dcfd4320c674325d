// What DISTRIBUTED promises, looked for in a history: one function for each invariant that a history can show. Each tells what breaks it,
// a sentence each. Pure.
import { Account } from './account.js';
import { difference, escape, fields, metaOf, ofHash, ofRows } from './tiers.js';

const mayBeDenied = new Set(['forbidden', 'unavailable', 'rate_limited']);
const fieldOf = { name: 'name', description: 'description', status: 'status', done: 'status', due_date: 'due_date', media_url: 'media_url', position: 'position' };

/** Operations that somebody was told are accepted. */
function accepted(account) {
  return [...account.operations.values()].map((operation) => {
    const attempt = operation.attempts.find((one) => one.reply?.ok);
    return attempt && { ...operation, rev: attempt.reply.rev, time: attempt.time, list_id: operation.data.list_id };
  }).filter(Boolean);
}

const opField = ({ op_id, user }) => `${op_id} ${escape(user)}`;

// 1. What was acknowledged is in L2 and in L3, once, or superseded by a higher rev of the same fields.
function nothingIsLost(account) {
  return losses(account).filter((loss) => !isExcused(account, loss.operation)).map((loss) => loss.text);
}

/** Accepted operations that are gone, wherever: { operation, text }. */
function losses(account) {
  const { l2, l3 } = account.last;
  const found = [];
  const storedOps = new Map(l3.ops.map((op) => [`${op.list_id} ${op.op_id} ${op.user_id}`, op.rev]));
  const stored = new Map(), shared = new Map();
  for (const operation of accepted(account)) {
    const { list_id, op_id, user, rev, event } = operation;
    const lost = (text) => found.push({ operation, text: `${event} of ${user}, acknowledged as ${list_id} ${rev} (op ${op_id}), ${text}` });
    const inL2 = l2.ops[list_id]?.[opField(operation)], inL3 = storedOps.get(`${list_id} ${op_id} ${user}`);
    if (Number(inL2) !== rev) lost(`is ${inL2 ? `there as ${inL2}` : 'not'} among the operations in Redis`);
    if (inL3 !== rev) lost(`is ${inL3 ? `there as ${inL3}` : 'not'} among the operations in PostgreSQL`);
    if (!stored.has(list_id)) stored.set(list_id, ofRows(l3, list_id));
    if (!shared.has(list_id)) shared.set(list_id, l2.lists[list_id] && ofHash(l2.lists[list_id].fields));
    for (const [tier, list] of [['Redis', shared.get(list_id)], ['PostgreSQL', stored.get(list_id)]]) {
      const missing = list ? whatIsMissing(list, operation) : 'its list is not there';
      if (missing) lost(`has left no trace in ${tier}: ${missing}`);
    }
  }
  return found;
}

/** What of an accepted operation is not in the list; "" if all is, or something newer stands in its place. */
function whatIsMissing(list, { event, user, data, rev }) {
  if (list.rev < rev) return `the list is at ${list.rev}`;
  if (['share_list', 'unshare_list', 'leave_list'].includes(event)) {
    const [at, role] = (list.marks[`member ${data.shared_user_id ?? data.user_id ?? user}`] ?? '0 null').split(' ');
    const wanted = event === 'share_list' ? data.role : 'null';
    return Number(at) > rev || role === wanted ? '' : `the member is ${role} at ${at}`;
  }
  if (!data.item_id) return '';
  const mark = list.marks[`item ${data.item_id}`];
  if (!mark) return 'the item is not there';
  if (event === 'update_item') {
    for (const [key, value] of Object.entries(data.updates)) {
      const at = mark.revs[fields.indexOf(fieldOf[key])];
      if (at <= rev && (mark.item[key] ?? null) !== value) return `${key} is ${mark.item[key]} at ${at}`;
    }
    return '';
  }
  const at = mark.revs[fields.indexOf('deleted')];
  const isDeleted = event === 'delete_item';
  return at > rev || mark.isDeleted === isDeleted ? '' : `it is ${mark.isDeleted ? '' : 'not '}deleted at ${at}`;
}

// Where a promise is weaker: what was accepted shortly before a replica took over, or by a master that did not know yet that it is none any
// more, may be gone. Then the list's clients were told: it has a newer epoch.
const before = 2_000, after = 5_000;  // milliseconds

function isExcused(account, { time, rev, list_id }) {
  const mayLose = account.round.mayLose ?? [];
  if (mayLose.length === 0) return false;
  const meta = account.last.l2?.lists[list_id]?.fields.m;
  if (meta && rev !== undefined && Number(metaOf(meta).era) <= rev) return false;
  return account.faults.some((fault) => fault.phase === 'begin' && mayLose.includes(fault.kind) && time > fault.at - before && time < endOf(account, fault) + after);
}

function endOf(account, { kind, index }) {
  return account.faults.find((one) => one.index > index && one.kind === kind && one.phase === 'end')?.at ?? Infinity;
}

// 2. Per list, revs increase, none names two changes, and prev_rev chains without a fork.
function oneOrder(account) {
  const found = account.found.filter((one) => one.invariant === 2).map((one) => one.text);
  for (const [list_id, changes] of account.changes) {
    const followers = new Map();
    for (const { rev, prev_rev } of changes.values()) {
      if (rev <= prev_rev) found.push(`${list_id}: ${rev} follows ${prev_rev}`);
      const other = followers.get(prev_rev);
      if (other && !mayFork(account)) found.push(`${list_id}: both ${other} and ${rev} follow ${prev_rev}`);
      followers.set(prev_rev, rev);
    }
  }
  const owners = new Map();
  for (const operation of accepted(account)) {
    const change = account.changesOf(operation.list_id).get(operation.rev);
    if (change?.op_id && change.op_id !== operation.op_id && !changesNothing(account, operation)) {
      found.push(`${operation.event} ${operation.op_id} was acknowledged as ${operation.list_id} ${operation.rev}, which is ${change.op_id}`);
    }
    const key = `${operation.list_id} ${operation.rev}`;
    if (!owners.has(key)) owners.set(key, operation);
    else if (![operation, owners.get(key)].some((one) => changesNothing(account, one))) {
      found.push(`${key} was given to both ${owners.get(key).op_id} and ${operation.op_id}`);
    }
  }
  return found;
}

const mayFork = (account) => (account.round.mayLose ?? []).length > 0;

// An operation that asks for what is so already is accepted with the list's rev.
function changesNothing(account, { event, data, list_id, rev }) {
  const state = account.stateAt(list_id, rev);
  if (event === 'share_list') return !state || state.members[data.shared_user_id] === data.role;
  if (event === 'update_list') return !state || state.name === data.name;
  if (event === 'restore_list') return !state || !state.is_deleted;
  if (event === 'restore_item') return !state || data.item_id in state.items;
  if (event !== 'update_item') return false;
  const item = state?.items[data.item_id];
  return !state || (item !== undefined && Object.entries(data.updates).every(([key, value]) => (item[key] ?? null) === value));
}

// 3. Each socket sees strictly increasing revs, without hole or repeat.
function eachSocketInOrder(account) {
  return account.found.filter((one) => one.invariant === 3).map((one) => one.text);
}

// 4. A snapshot and the events after it are the list as it is: whoever has a list at a rev has the same.
function copiesAgree(account) {
  const found = account.found.filter((one) => one.invariant === 4).map((one) => one.text);
  for (const { list_id, rev, state, who, how } of account.sightings) {
    const expected = account.stateAt(list_id, rev);
    const differs = expected === state ? '' : difference({ ...expected, marks: undefined }, state);
    if (differs) found.push(`${who} has another ${list_id} at ${rev} (${how}) than others: ${differs}`);
  }
  return found;
}

// 5. `n` is the number of the list's entries that wait, and while any does, the list does not expire.
function countsAreRight(account) {
  const found = [];
  for (const { at, lists } of account.counted) {
    for (const [list_id, { n, ttl, entries }] of Object.entries(lists)) {
      if (n !== entries) found.push(`${list_id} counts ${n} entries that wait, and ${entries} do (at ${at} ms)`);
      if (entries > 0 && ttl !== -1) found.push(`${list_id} has ${entries} entries that wait, and ${ttl === -2 ? 'is not in Redis' : `expires in ${ttl} ms`} (at ${at} ms)`);
    }
  }
  return found;
}

// 6. A list of which nothing waits is in Redis as it is in PostgreSQL, row by row.
function cleanListsAreStored(account) {
  const { l2, l3 } = account.last;
  return Object.entries(l2.lists).filter(([, { fields: hash }]) => Number(hash.n ?? 0) === 0 && metaOf(hash.m).state !== 'a').map(([list_id, { fields: hash }]) => {
    const differs = difference(ofHash(hash), ofRows(l3, list_id));
    return differs && `${list_id} is not the same in Redis and in PostgreSQL: ${differs}`;
  }).filter(Boolean);
}

// 7. Nothing of an older era comes after something of a newer one; in the end all are in the partition's.
function eraIsCurrent(account) {
  const found = account.found.filter((one) => one.invariant === 7).map((one) => one.text);
  const { lists, eras } = account.last.l2;
  for (const [list_id, { key, fields: hash }] of Object.entries(lists)) {
    const era = eras[key.replace(/:list:.*$/, ':era')];
    if (metaOf(hash.m).era !== era) found.push(`${list_id} is of the era ${metaOf(hash.m).era} in the end; its partition's is ${era}`);
  }
  return found;
}

// 9. Revs in PostgreSQL never fall, and any replay of the stream gives the same.
function storeNeverFalls(account) {
  const found = [];
  let before = {};
  for (const { at, rows } of account.stored) {
    for (const [row, rev] of Object.entries(before)) {
      if (!(row in rows)) found.push(`${row} is no longer in PostgreSQL (at ${at} ms)`);
      else if (rows[row] < rev) found.push(`${row} fell from ${rev} to ${rows[row]} in PostgreSQL (at ${at} ms)`);
    }
    before = rows;
  }
  const { replayed } = account.last;
  for (const list of replayed?.before.lists ?? []) {
    const differs = difference(ofRows(replayed.before, list.id), ofRows(replayed.after, list.id));
    if (differs) found.push(`the stream's entries, once more and in another order, changed ${list.id}: ${differs}`);
  }
  return found;
}

// 10. A repeated operation is answered with the first rev, and is no event a second time.
function repeatsChangeNothing(account) {
  const found = [];
  const revs = new Map();  // "list op" -> { rev, at }: when anybody first knew
  for (const [list_id, changes] of account.changes) {
    for (const { op_id, rev, seenAt, time } of changes.values()) {
      if (!op_id) continue;
      const other = revs.get(`${list_id} ${op_id}`);
      if (other && !isExcused(account, { ...other, list_id })) found.push(`${op_id} is both ${list_id} ${other.rev} and ${rev}`);
      revs.set(`${list_id} ${op_id}`, { rev, at: seenAt, time });
    }
  }
  for (const operation of account.operations.values()) {
    const { op_id, user, event, data, attempts } = operation;
    const change = revs.get(`${data.list_id} ${op_id}`);
    const known = attempts.filter((one) => one.reply?.ok).map((one) => ({ rev: one.reply.rev, at: one.repliedAt, time: one.time }));
    if (change) known.push(change);
    const [first] = known.sort((a, b) => a.at - b.at);
    if (!first || isExcused(account, { ...first, list_id: data.list_id })) continue;
    for (const { sentAt, reply } of attempts) {
      if (reply?.ok && reply.rev !== first.rev) found.push(`${event} ${op_id} of ${user} was acknowledged as ${first.rev} and as ${reply.rev}`);
      if (reply && !reply.ok && sentAt > first.at && !mayBeDenied.has(reply.error.code)) {
        found.push(`${event} ${op_id} of ${user}, ${data.list_id} ${first.rev}, was refused when repeated: ${reply.error.code}`);
      }
    }
  }
  return found;
}

/**
 * When it was certain that a user has a list, or has it not: { list_id, user, role or null, from, to, rev }, in positions of the history.
 * Between the question and its answer nothing is certain, nor while two such questions are under way, nor of a list that was deleted.
 */
function certainties(account) {
  const certain = [];
  for (const [key, asked] of membershipOperations(account)) {
    const [list_id, user] = key.split(' ');
    for (const { operation, role, begins, ends } of asked) {
      const others = asked.filter((other) => other.operation !== operation);
      if (role === undefined || ends === Infinity || others.some((other) => other.begins < ends && other.ends > begins)) continue;
      const { time, repliedAt, reply } = operation.attempts.find((one) => one.reply?.ok);
      if (isExcused(account, { time, list_id, rev: reply.rev })) continue;
      const to = Math.min(...others.filter((other) => other.begins > ends).map((other) => other.begins));
      certain.push({ list_id, user, role, from: repliedAt, to, rev: reply.rev });
    }
  }
  return certain;
}

/** "list user" -> what was asked that makes him a member or none; `role` is undefined for what only makes it uncertain. */
function membershipOperations(account) {
  const asked = new Map();
  const note = (list_id, user, operation, role) => {
    const key = `${list_id} ${user}`;
    const { attempts } = operation;
    const isAnswered = attempts.some((one) => one.reply?.ok);
    const isRefused = attempts.every((one) => one.reply && !one.reply.ok && one.reply.error.code !== 'unavailable');
    if (isRefused) return;
    if (!asked.has(key)) asked.set(key, []);
    asked.get(key).push({ operation, role, begins: attempts[0].sentAt, ends: isAnswered ? Math.max(...attempts.map((one) => one.repliedAt ?? 0)) : Infinity });
  };
  const operations = [...account.operations.values()];
  for (const operation of operations) {
    const { event, user, data: { list_id, shared_user_id, user_id, role } } = operation;
    if (event === 'share_list') note(list_id, shared_user_id, operation, role);
    if (event === 'unshare_list') note(list_id, user_id, operation, null);
    if (event === 'leave_list') note(list_id, user, operation, null);
  }
  for (const operation of operations) {
    const { list_id } = operation.data;
    if (!['delete_list', 'restore_list'].includes(operation.event)) continue;
    for (const key of asked.keys()) if (key.startsWith(list_id)) note(list_id, key.split(' ')[1], operation, undefined);
  }
  return asked;
}

// 11. A share that was acknowledged is in the next join on every server; after an unshare nothing newer comes.
function sharesAreSeen(account) {
  const found = [];
  for (const { list_id, user, role, from, to, rev } of certainties(account)) {
    for (const join of account.joins) {
      const isDuring = join.user === user && join.isGood && join.lists && join.sentAt > from && join.repliedAt < to;
      if (!isDuring || join.lists.includes(list_id) === (role !== null)) continue;
      const { server } = account.sockets.get(join.socket);
      found.push(role ? `${user} joined at ${server} and did not get ${list_id}, shared before as ${rev}` : `${user} joined at ${server} and got ${list_id}, unshared before as ${rev}`);
    }
  }
  return found;
}

// 12. Nothing of a list reaches who is no member, and no operation of his is accepted.
function nothingLeaks(account) {
  const found = account.found.filter((one) => one.invariant === 12).map((one) => one.text);
  for (const { line, who, event, list_id, rev, hadIt } of account.heard) {
    if (event === 'list_deleted') {
      if (!hadIt && rev > (removalOf(account, list_id, line.user) ?? Infinity)) {
        found.push(`${who} was told that ${list_id} is at ${rev}, and was no member since ${removalOf(account, list_id, line.user)}`);
      }
      continue;
    }
    const state = account.stateAt(list_id, rev);
    if (state && !(line.user in state.members)) found.push(`${who} got ${event} ${rev} of ${list_id}, of which ${line.user} is no member`);
  }
  for (const [list_id, changes] of account.changes) {
    for (const { rev, prev_rev, user_id } of changes.values()) {
      const before = account.stateAt(list_id, prev_rev);
      if (user_id && before && !['owner', 'editor'].includes(before.members[user_id])) {
        found.push(`${list_id} ${rev} is of ${user_id}, who was ${before.members[user_id] ?? 'no member'}`);
      }
    }
  }
  const outside = certainties(account).filter((one) => one.role === null);
  for (const { user, op_id, event, data, attempts } of account.operations.values()) {
    for (const { sentAt, repliedAt, reply } of attempts) {
      const is = outside.find((one) => one.user === user && one.list_id === data.list_id && sentAt > one.from && repliedAt < one.to);
      if (is && reply?.ok) found.push(`${event} ${op_id} of ${user} was answered with ${reply.rev}, when he was no member of ${data.list_id}`);
    }
  }
  return found;
}

// The rev since which the user is no member, if he was one and is not any more in the end.
function removalOf(account, list_id, user) {
  const mark = account.last.l2?.lists[list_id] && ofHash(account.last.l2.lists[list_id].fields).marks[`member ${user}`];
  const [rev, role] = (mark ?? '0 owner').split(' ');
  return role === 'null' ? Number(rev) : undefined;
}

// 13. Who is there hears: each list of somebody connected is watched by his server, and everybody has the last change.
function joinedListsAreWatched(account) {
  const found = [];
  const channels = account.last.watchers.channels;
  const needed = new Map();
  for (const { socket } of account.online.filter((one) => one.socket !== null)) {
    const { lists, server } = account.sockets.get(socket);
    for (const list_id of lists?.keys() ?? []) {
      if (!needed.has(list_id)) needed.set(list_id, new Set());
      needed.get(list_id).add(server);
    }
  }
  for (const [list_id, servers] of needed) {
    const channel = Object.keys(channels).find((one) => one.endsWith(list_id));
    const watching = channels[channel] ?? 0;
    if (watching < servers.size) found.push(`${list_id} is joined at ${[...servers].join(' and ')}, and ${watching} are subscribed to it`);
  }
  return found;
}

// 14. Outages make no dead letters.
function noGoodEntryIsDead(account) {
  return account.last.l2.dead.map(({ key, id, why }) => `${key} ${id} is a dead letter: ${why}`);
}

// 15. At rest, clients, every server, Redis and PostgreSQL have the same.
function allConverge(account) {
  const { quiet, l2, l3 } = account.last;
  const found = [];
  if (!quiet.isSettled) found.push('operations were not answered though nothing was broken any more');
  if (!quiet.isQuiet) found.push('servers were not well, or changes not in the database, though nothing was broken any more');
  if (!quiet.isConverged) found.push('not everybody got what had happened, though nothing was broken any more');
  for (const crash of account.crashes) found.push(`${crash.who} ended by itself (${crash.signal ?? crash.code}): ${crash.said.slice(-500)}`);
  const holders = [...account.online.map((one) => ({ ...one, name: one.device })), ...account.fresh.map((one) => ({ ...one, name: `a fresh join of ${one.user} at ${one.server}` }))];
  for (const { name, user, socket } of holders) {
    if (socket === null) {
      found.push(`${name} could not connect though nothing was broken any more`);
      continue;
    }
    const { lists } = account.sockets.get(socket);
    for (const [list_id, { fields: hash }] of Object.entries(l2.lists)) {
      const expected = ofHash(hash), has = lists?.get(list_id);
      if (user in expected.members && !expected.is_deleted !== (has !== undefined)) found.push(`${name} has no ${list_id}, of which ${user} is a member`);
      if (has && !(user in expected.members)) found.push(`${name} has ${list_id}, of which ${user} is no member`);
      if (!has) continue;
      const differs = difference({ ...expected, marks: undefined }, has.state);
      if (differs) found.push(`${name} has ${list_id} otherwise than Redis: ${differs}`);
      if (has.epoch !== String(Number(metaOf(hash.m).era))) found.push(`${name} has ${list_id} in the epoch ${has.epoch}; it is ${metaOf(hash.m).era}`);
    }
  }
  for (const list of l3.lists) if (!l2.lists[list.id]) found.push(`${list.id} is in PostgreSQL and was not brought into Redis by whoever joined`);
  return found;
}

export const invariants = {
  1: nothingIsLost, 2: oneOrder, 3: eachSocketInOrder, 4: copiesAgree, 5: countsAreRight, 6: cleanListsAreStored, 7: eraIsCurrent,
  9: storeNeverFalls, 10: repeatsChangeNothing, 11: sharesAreSeen, 12: nothingLeaks, 13: joinedListsAreWatched, 14: noGoodEntryIsDead, 15: allConverge,
};

/** Every violation: { invariant, text }. */
export function check(records) {
  const account = new Account(records);
  return Object.entries(invariants).flatMap(([invariant, look]) => look(account).map((text) => ({ invariant: Number(invariant), text })));
}

/** What happened, in numbers. */
export function summaryOf(records) {
  const account = new Account(records);
  const attempts = [...account.operations.values()].flatMap((one) => one.attempts);
  const faults = {};
  for (const fault of account.faults) if (fault.phase === 'end') faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
  const refusals = {};
  for (const { reply } of attempts) if (reply && !reply.ok) refusals[reply.error.code] = (refusals[reply.error.code] ?? 0) + 1;
  return {
    operations: account.operations.size, acks: attempts.filter((one) => one.reply?.ok).length, refusals,
    unanswered: attempts.filter((one) => !one.reply).length, repeated: [...account.operations.values()].filter((one) => one.attempts.length > 1).length,
    changes: [...account.changes.values()].reduce((sum, changes) => sum + changes.size, 0), events: account.heard.length,
    lostInFailovers: new Set(losses(account).filter((loss) => isExcused(account, loss.operation)).map((loss) => loss.operation.op_id)).size,
    joins: account.joins.filter((one) => one.isGood).length, sockets: account.sockets.size, faults,
  };
}

