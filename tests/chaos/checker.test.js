// The checker says nothing of a good history, and something of every bad one: a recorded history, in which one thing after the other is made
// wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { check, summaryOf } from './checker.js';
import { History } from './history.js';

const good = JSON.stringify(History.read(fileURLToPath(new URL('recorded.jsonl.gz', import.meta.url))).records);
const fresh = () => JSON.parse(good);

/** Breaks a copy of the good history; all that the checker says of it. */
function checkedAfter(spoil) {
  const records = fresh();
  spoil(records);
  return check(records);
}

function blames(invariant, pattern, spoil) {
  const violations = checkedAfter(spoil);
  assert.ok(violations.some((one) => one.invariant === invariant && pattern.test(one.text)),
    `${invariant} ${pattern} is not among:\n${violations.map((one) => `${one.invariant}. ${one.text}`).join('\n')}`);
}

const last = (records, type) => records.findLast((one) => one.type === type);
const isItemEvent = (one) => one.type === 'got' && /^item_(added|updated)$/.test(one.event);
const opened = (records, socket) => records.find((one) => one.type === 'open' && one.socket === socket);

/** Positions of two item events of one list that follow each other on one socket. */
function neighbours(records) {
  for (let at = 0; at < records.length; ++at) {
    if (!isItemEvent(records[at])) continue;
    const { socket, data } = records[at];
    const next = records.findIndex((one, n) => n > at && isItemEvent(one) && one.socket === socket && one.data.prev_rev === data.rev && one.data.list_id === data.list_id);
    if (next > 0) return [at, next];
  }
  throw new Error('the recorded history has no two such events');
}

/** An update of an item that was acknowledged and still is what the item says. */
function lastingUpdate(records) {
  const l3 = last(records, 'l3');
  for (const sent of records) {
    if (sent.type !== 'sent' || sent.event !== 'add_item') continue;
    const reply = records.find((one) => one.type === 'reply' && one.call === sent.call);
    const row = l3.items.find((item) => item.id === sent.data.item_id && item.rev === reply?.reply.rev);
    if (reply?.reply.ok && row) return { sent, reply, row };
  }
  throw new Error('the recorded history has no such item');
}

/** Somebody's accepted operation, asked once more at the end of the work, with this reply. */
function repeat(records, reply) {
  const { sent, reply: first } = lastingUpdate(records);
  const at = records.indexOf(first) + 1;
  records.splice(at, 0, { ...sent, call: 1e9 }, { ...first, call: 1e9, reply: reply(first.reply.rev) });
}

test('a good history is good, and there was something to see in it', () => {
  const records = fresh();
  assert.deepEqual(check(records), []);
  const summary = summaryOf(records);
  assert.ok(summary.acks > 50 && summary.events > 200 && summary.joins > 10, JSON.stringify(summary));
  assert.deepEqual(Object.keys(summary.faults).sort(), ['cut client-server', 'flush redis', 'kill redis', 'kill server', 'older redis']);
});

test('one lost event', () => blames(3, /a hole/, (records) => records.splice(neighbours(records)[0], 1)));

test('one doubled event', () => blames(3, /twice, or out of order/, (records) => {
  const [at] = neighbours(records);
  records.splice(at, 0, records[at]);
}));

test('two events in the other order', () => blames(3, /a hole|out of order/, (records) => {
  const [at, next] = neighbours(records);
  [records[at], records[next]] = [records[next], records[at]];
}));

test('one leaked event', () => blames(12, /does not have/, (records) => {
  const [at] = neighbours(records);
  const stranger = records.find((one) => one.type === 'open' && one.user.startsWith('eve'));
  const closed = records.findIndex((one) => one.type === 'closed' && one.socket === stranger.socket);
  records.splice(closed, 0, { ...records[at], socket: stranger.socket });
}));

test('a leaked snapshot', () => blames(12, /is no member/, (records) => {
  const snapshot = records.find((one) => one.type === 'got' && one.event === 'list_snapshot' && one.data.members.length > 2);
  const stranger = records.find((one) => one.type === 'open' && one.user.startsWith('eve'));
  const closed = records.findIndex((one) => one.type === 'closed' && one.socket === stranger.socket);
  records.splice(closed, 0, { ...snapshot, socket: stranger.socket });
}));

test('1: an acknowledged operation that is not in PostgreSQL', () => blames(1, /not among the operations in PostgreSQL/, (records) => {
  const { sent } = lastingUpdate(records);
  const l3 = last(records, 'l3');
  l3.ops = l3.ops.filter((op) => op.op_id !== sent.data.op_id);
}));

test('1: an acknowledged operation that Redis has as another rev', () => blames(1, /among the operations in Redis/, (records) => {
  const { sent } = lastingUpdate(records);
  const ops = last(records, 'l2').ops[sent.data.list_id];
  ops[Object.keys(ops).find((op) => op.startsWith(sent.data.op_id))] = '1795000000000';
}));

test('1: an acknowledged item that is not there', () => blames(1, /no trace in PostgreSQL/, (records) => {
  const { row } = lastingUpdate(records);
  const l3 = last(records, 'l3');
  l3.items = l3.items.filter((item) => item !== row);
}));

test('1: an acknowledged field that is another', () => blames(1, /no trace in Redis: name is/, (records) => {
  const sent = records.find((one) => one.type === 'sent' && one.event === 'update_item' && one.data.updates.name?.startsWith('again'));
  const { fields } = last(records, 'l2').lists[sent.data.list_id];
  const newest = records.findLast((one) => one.type === 'sent' && one.data?.item_id === sent.data.item_id && one.data.updates?.name);
  fields[`i:${sent.data.item_id}`] = fields[`i:${sent.data.item_id}`].replace(newest.data.updates.name, 'something else');
}));

test('2: a fork', () => blames(2, /both \d+ and \d+ follow/, (records) => {
  const [at, next] = neighbours(records);
  const { list_id, rev } = records[next].data;
  for (const one of records) if (one.type === 'got' && one.data?.list_id === list_id && one.data.rev === rev && 'prev_rev' in one.data) one.data.prev_rev = records[at].data.prev_rev;
}));

test('2: one rev for two changes', () => blames(2, /told as two changes/, (records) => {
  const [at] = neighbours(records);
  records[at].data.item.name = 'something else';
}));

test('2: one rev for two operations', () => blames(2, /given to both/, (records) => {
  const acks = records.filter((one) => one.type === 'reply' && one.reply.ok && one.reply.rev);
  const askedBy = (ack) => records.find((one) => one.type === 'sent' && one.call === ack.call);
  const adds = acks.filter((ack) => askedBy(ack).event === 'add_item');
  const second = adds.find((ack) => ack !== adds[0] && askedBy(ack).data.list_id === askedBy(adds[0]).data.list_id);
  second.reply.rev = adds[0].reply.rev;
}));

test('4: a snapshot that is otherwise than what others have at that rev', () => blames(4, /than others/, (records) => {
  const snapshot = records.findLast((one) => one.type === 'got' && one.event === 'list_snapshot' && Object.keys(one.data.items).length > 0);
  delete snapshot.data.items[Object.keys(snapshot.data.items)[0]];
}));

test('5: a count that is wrong', () => blames(5, /counts \d+ entries/, (records) => Object.values(last(records, 'counted').lists)[0].n += 1));

test('5: a list that would expire while it waits', () => blames(5, /expires in/, (records) =>
  Object.assign(Object.values(last(records, 'counted').lists)[0], { n: 1, entries: 1, ttl: 1_000 })));

test('6: a clean list that PostgreSQL has otherwise', () => blames(6, /not the same in Redis and in PostgreSQL/, (records) => (last(records, 'l3').items[0].name += '!')));

test('7: a list that stays in an older era', () => blames(7, /of the era/, (records) => {
  const { fields } = Object.values(last(records, 'l2').lists)[0];
  fields.m = fields.m.replace(/^\d+/, '1700000000000');
}));

test('7: a snapshot of an older era after a newer one', () => blames(7, /after one of/, (records) => {
  const at = records.findLastIndex((one) => one.type === 'got' && one.event === 'list_snapshot');
  records.splice(at + 1, 0, { ...records[at], data: { ...records[at].data, epoch: '1700000000000' } });
}));

test('9: a rev that falls in PostgreSQL', () => blames(9, /fell from/, (records) => {
  const { rows } = last(records, 'stored');
  rows[Object.keys(last(records, 'stored').rows)[0]] -= 1;
}));

test('9: a replay that changes something', () => blames(9, /once more and in another order/, (records) => (last(records, 'replayed').after.items[0].name += '!')));

test('10: a repeat with another rev', () => blames(10, /acknowledged as \d+ and as \d+/, (records) => repeat(records, (rev) => ({ ok: true, rev: rev + 1 }))));

test('10: a repeat that is refused', () => blames(10, /refused when repeated/, (records) =>
  repeat(records, () => ({ ok: false, error: { event: 'action_error', code: 'already_exists' } }))));

test('10: a repeat that is an event', () => blames(10, /is both/, (records) => {
  const [at, next] = neighbours(records);
  for (const one of records) {
    if (isItemEvent(one) && one.data.rev === records[next].data.rev && one !== records[next]) one.data.op_id = records[at].data.op_id;
  }
  records[next].data.op_id = records[at].data.op_id;
}));

test('a good repeat is good', () => assert.deepEqual(checkedAfter((records) => repeat(records, (rev) => ({ ok: true, rev }))), []));

/** A join of the user after all sharing is done, at the end of the work. */
function lastJoin(records, name) {
  const end = records.findIndex((one) => one.type === 'quiet');
  const at = records.findIndex((one, n) => n > end && one.type === 'got' && one.event === 'user_lists' && opened(records, one.socket).user.startsWith(name));
  return records[at];
}

test('11: a join without a list that was shared', () => blames(11, /did not get/, (records) => {
  const { data } = lastJoin(records, 'cat');
  const shared = records.findLast((one) => one.type === 'sent' && one.event === 'share_list' && one.data.shared_user_id.startsWith('cat'));
  data.lists = data.lists.filter((list) => list.list_id !== shared.data.list_id);
}));

test('11: a join with a list that was unshared', () => blames(11, /unshared before/, (records) => {
  // An owner who takes a list from cat, just before she joins for the last time.
  const join = lastJoin(records, 'cat');
  const shared = records.findLast((one) => one.type === 'sent' && one.event === 'share_list' && one.data.shared_user_id.startsWith('cat'));
  const asked = records.findIndex((one) => one.type === 'sent' && one.event === 'join' && one.socket === join.socket);
  const { list_id } = shared.data;
  const owner = records.findLast((one, n) => n < asked && one.type === 'open' && one.user === opened(records, shared.socket).user);
  const unshare = { type: 'sent', socket: owner.socket, call: 1e9, event: 'unshare_list', data: { list_id, user_id: opened(records, join.socket).user, op_id: 'x' } };
  records.splice(asked, 0, unshare, { type: 'reply', socket: owner.socket, call: 1e9, reply: { ok: true, rev: 1 } });
}));

test('12: a change of who may not', () => blames(12, /who was no member/, (records) => {
  const [at] = neighbours(records);
  const { rev, list_id } = records[at].data;
  for (const one of records) if (isItemEvent(one) && one.data.rev === rev && one.data.list_id === list_id) one.data.user_id = 'eve';
}));

test('12: a former member is told how the list stands', () => blames(12, /was no member since/, (records) => {
  const { lists } = last(records, 'l2');
  const [list_id, { fields }] = Object.entries(lists).find(([, list]) => Object.keys(list.fields).some((field) => /^u:eve/.test(field) === false && field.startsWith('u:cat')));
  const field = Object.keys(fields).find((one) => one.startsWith('u:cat'));
  fields[field] = '1700000000000|-|{}';
  const line = records.find((one) => one.type === 'open' && one.user.startsWith('cat'));
  records.splice(records.indexOf(line) + 1, 0, { type: 'got', socket: line.socket, event: 'list_deleted', data: { list_id, rev: 1800000000000, prev_rev: 1, reason: 'removed' } });
}));

test('12: an operation of a former member is answered', () => blames(12, /when he was no member/, (records) => {
  const { sent, reply } = lastingUpdate(records);
  const { user } = opened(records, sent.socket);
  const boss = records.find((one) => one.type === 'open' && one.user !== user);
  const at = records.indexOf(reply) + 1;
  records.splice(at, 0, { type: 'sent', socket: boss.socket, call: 1e9, event: 'unshare_list', data: { list_id: sent.data.list_id, user_id: user, op_id: 'x' } },
    { type: 'reply', socket: boss.socket, call: 1e9, reply: { ok: true, rev: 1 } }, { ...sent, call: 1e9 + 1 }, { ...reply, call: 1e9 + 1 });
}));

test('13: a list that nobody watches', () => blames(13, /are subscribed/, (records) => {
  const { channels } = last(records, 'watchers');
  for (const channel of Object.keys(channels)) channels[channel] = 0;
}));

test('14: a dead letter', () => blames(14, /is a dead letter/, (records) => last(records, 'l2').dead.push({ key: 'list', id: '1-1', why: 'no reason' })));

test('15: a server that has another list in the end', () => blames(15, /otherwise than Redis/, (records) => {
  const { socket } = last(records, 'l1');
  const snapshot = records.findLast((one) => one.type === 'got' && one.socket === socket && one.event === 'list_snapshot');
  snapshot.data.list_name = 'something else';
}));

test('15: a device that has missed the last change', () => blames(15, /otherwise than Redis/, (records) => {
  const { socket } = records.find((one) => one.type === 'online' && one.socket !== null);
  const at = records.findLastIndex((one) => one.type === 'got' && one.socket === socket && 'prev_rev' in one.data);
  records.splice(at, 1);
}));

test('15: a process that ended by itself', () => blames(15, /ended by itself/, (records) =>
  records.push({ type: 'crash', who: 'server 1', code: null, signal: 'SIGSEGV', said: '' })));

test('15: what does not come to rest', () => {
  for (const [what, pattern] of [['isSettled', /not answered/], ['isQuiet', /were not well/], ['isConverged', /not everybody/]]) {
    blames(15, pattern, (records) => (last(records, 'quiet')[what] = false));
  }
});
