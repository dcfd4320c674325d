// A table of events that must be refused: with which code, that the connection stays, that nothing is stored, and that nobody hears.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { add, joined, sharing, uuid } from './support/client.js';
import { query } from './support/database.js';
import { serverForAllTests } from './support/suite.js';

const server = serverForAllTests();
const invalid = ['validation_error', 'invalid_payload'];
const forbidden = ['permission_error', 'forbidden'];
const not_found = ['action_error', 'not_found'];
const gone = ['action_error', 'gone'];
const taken = ['action_error', 'already_exists'];
const conflict = ['error', 'revision_conflict'];
const unknown = ['error', 'unknown_event'];
const x = (n) => 'x'.repeat(n);

// Each: what is wrong, the event, its payload by what there is, the refusal. Sent by Ann, who owns `list`, unless `by` says Bob,
// who is a viewer there. `other` is a list of somebody else.
const table = [
  ['no payload', 'add_item', () => undefined, invalid],
  ['null', 'add_item', () => null, invalid],
  ['a number', 'add_item', () => 7, invalid],
  ['a string', 'add_item', () => 'list', invalid],
  ['an array', 'add_item', () => [], invalid],
  ['an empty object', 'add_item', () => ({}), invalid],
  ['no list_id', 'add_item', () => ({ name: 'x' }), invalid],
  ['a list_id that is no UUID', 'add_item', () => ({ list_id: 'list', name: 'x' }), invalid],
  ['a list_id without dashes', 'add_item', (t) => ({ list_id: t.list.replaceAll('-', ''), name: 'x' }), invalid],
  ['a list_id that is a number', 'add_item', () => ({ list_id: 5, name: 'x' }), invalid],
  ['no name', 'add_item', (t) => ({ list_id: t.list }), invalid],
  ['an empty name', 'add_item', (t) => ({ list_id: t.list, name: '' }), invalid],
  ['a name of spaces', 'add_item', (t) => ({ list_id: t.list, name: '   ' }), invalid],
  ['a name of 256', 'add_item', (t) => ({ list_id: t.list, name: x(256) }), invalid],
  ['a name that is an object', 'add_item', (t) => ({ list_id: t.list, name: { $gt: '' } }), invalid],
  ['a name with U+0000', 'add_item', (t) => ({ list_id: t.list, name: 'a\0b' }), invalid],
  ['a null name', 'add_item', (t) => ({ list_id: t.list, name: null }), invalid],
  ['a description of 2001', 'add_item', (t) => ({ list_id: t.list, name: 'x', description: x(2001) }), invalid],
  ['an unknown status', 'add_item', (t) => ({ list_id: t.list, name: 'x', status: 'Done' }), invalid],
  ['a done that is text', 'add_item', (t) => ({ list_id: t.list, name: 'x', done: 'maybe' }), invalid],
  ['a due_date that is none', 'add_item', (t) => ({ list_id: t.list, name: 'x', due_date: 'tomorrow' }), invalid],
  ['a due_date of February 30', 'add_item', (t) => ({ list_id: t.list, name: 'x', due_date: '2030-02-30' }), invalid],
  ['a due_date that is a number', 'add_item', (t) => ({ list_id: t.list, name: 'x', due_date: 17 }), invalid],
  ['a media_url that is a script', 'add_item', (t) => ({ list_id: t.list, name: 'x', media_url: 'javascript:alert(1)' }), invalid],
  ['a media_url of a file', 'add_item', (t) => ({ list_id: t.list, name: 'x', media_url: 'file:///etc/passwd' }), invalid],
  ['a media_url of 2049', 'add_item', (t) => ({ list_id: t.list, name: 'x', media_url: `https://e.org/${x(2035)}` }), invalid],
  ['a position that is not ASCII', 'add_item', (t) => ({ list_id: t.list, name: 'x', position: 'ä' }), invalid],
  ['an empty position', 'add_item', (t) => ({ list_id: t.list, name: 'x', position: '' }), invalid],
  ['a position of 201', 'add_item', (t) => ({ list_id: t.list, name: 'x', position: x(201) }), invalid],
  ['an item_id that is no UUID', 'add_item', (t) => ({ list_id: t.list, name: 'x', item_id: '1' }), invalid],
  ['an op_id that is no UUID', 'add_item', (t) => ({ list_id: t.list, name: 'x', op_id: 'again' }), invalid],
  ['an item_id that is taken', 'add_item', (t) => ({ list_id: t.list, name: 'x', item_id: t.item }), taken],
  ['an item_id that was deleted', 'add_item', (t) => ({ list_id: t.list, name: 'x', item_id: t.deleted }), taken],
  ['a list of somebody else', 'add_item', (t) => ({ list_id: t.other, name: 'x' }), forbidden],
  ['a list that never was', 'add_item', () => ({ list_id: uuid(), name: 'x' }), forbidden],
  ['a viewer who adds', 'add_item', (t) => ({ list_id: t.list, name: 'x' }), forbidden, 'bob'],
  ['no item_id', 'update_item', (t) => ({ list_id: t.list, updates: { name: 'x' } }), invalid],
  ['updates that are an array', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: [] }), invalid],
  ['updates that are text', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: 'name' }), invalid],
  ['an unknown key in updates', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { rev: 5 } }), invalid],
  ['is_deleted in updates', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { is_deleted: true } }), invalid],
  ['updates and flat fields', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, name: 'y' }), invalid],
  ['a name that is cleared', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: null } }), invalid],
  ['a status that is cleared', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { status: null } }), invalid],
  ['a name of 501', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: x(501) } }), invalid],
  ['a client_rev that is text', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_rev: 'new' }), invalid],
  ['a client_rev below zero', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_rev: -1 }), invalid],
  ['a client_rev with a fraction', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_rev: 1.5 }), invalid],
  ['a client_rev of 14 digits', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_rev: '17300000000000' }), invalid],
  ['a client_rev of tomorrow', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_rev: Date.now() + 86_400_000 }), invalid],
  ['rev and client_rev that differ', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_rev: 5, rev: 6 }), invalid],
  ['an item that never was', 'update_item', (t) => ({ list_id: t.list, item_id: uuid(), updates: { name: 'x' } }), not_found],
  ['an item that was deleted', 'update_item', (t) => ({ list_id: t.list, item_id: t.deleted, updates: { name: 'x' } }), gone],
  ['a stale rev', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_rev: 1 }), conflict],
  ['another epoch', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' }, client_epoch: '1' }), conflict],
  ['a viewer who updates', 'update_item', (t) => ({ list_id: t.list, item_id: t.item, updates: { name: 'x' } }), forbidden, 'bob'],
  ['an item of another list', 'update_item', (t) => ({ list_id: t.own, item_id: t.item, updates: { name: 'x' } }), not_found],
  ['a stale rev', 'delete_item', (t) => ({ list_id: t.list, item_id: t.item, client_rev: '1' }), conflict],
  ['an item that was deleted', 'delete_item', (t) => ({ list_id: t.list, item_id: t.deleted }), gone],
  ['an item that never was', 'delete_item', (t) => ({ list_id: t.list, item_id: uuid() }), not_found],
  ['a viewer who deletes', 'delete_item', (t) => ({ list_id: t.list, item_id: t.item }), forbidden, 'bob'],
  ['an item that never was', 'restore_item', (t) => ({ list_id: t.list, item_id: uuid() }), not_found],
  ['no name', 'create_list', () => ({}), invalid],
  ['a name of 256', 'create_list', () => ({ name: x(256) }), invalid],
  ['name and list_name that differ', 'create_list', () => ({ name: 'a', list_name: 'b' }), invalid],
  ['an id that is taken', 'create_list', (t) => ({ name: 'x', list_id: t.list }), taken],
  ['nobody to share with', 'share_list', (t) => ({ list_id: t.list, role: 'viewer' }), invalid],
  ['two to share with', 'share_list', (t) => ({ list_id: t.list, shared_user_id: t.bob, email: 'a@example.org', role: 'viewer' }), invalid],
  ['no role', 'share_list', (t) => ({ list_id: t.list, shared_user_id: t.bob }), invalid],
  ['the role of an owner', 'share_list', (t) => ({ list_id: t.list, shared_user_id: t.bob, role: 'owner' }), invalid],
  ['a user that nobody knows', 'share_list', (t) => ({ list_id: t.list, shared_user_id: 'nobody', role: 'viewer' }), not_found],
  ['somebody else\'s list', 'share_list', (t) => ({ list_id: t.other, shared_user_id: t.bob, role: 'viewer' }), forbidden],
  ['a viewer who shares', 'share_list', (t) => ({ list_id: t.list, shared_user_id: t.bob, role: 'editor' }), forbidden, 'bob'],
  ['a viewer who renames', 'update_list', (t) => ({ list_id: t.list, name: 'x' }), forbidden, 'bob'],
  ['a viewer who deletes the list', 'delete_list', (t) => ({ list_id: t.list }), forbidden, 'bob'],
  ['a viewer who removes the owner', 'unshare_list', (t) => ({ list_id: t.list, user_id: t.ann }), forbidden, 'bob'],
  ['a transfer to a stranger', 'transfer_list', (t) => ({ list_id: t.list, user_id: 'nobody' }), not_found],
  ['a list of somebody else', 'join_list', (t) => ({ list_id: t.other }), forbidden],
  ['since without an epoch', 'join_list', (t) => ({ list_id: t.list, since: { rev: 5 } }), invalid],
  ['known that is an array', 'join', () => ({ known: [] }), invalid],
  ['a code of nothing', 'accept_share_link', () => ({ code: 'nothing' }), not_found],
  ['a code with the wrong secret', 'accept_share_link', (t) => ({ code: `${t.other}.AAAAAAAAAAAAAAAAAAAAAA` }), not_found],
  ['a link that never was', 'revoke_share_link', () => ({ link_id: uuid() }), forbidden],
  ['links for a viewer', 'list_share_links', (t) => ({ list_id: t.list }), forbidden, 'bob'],
  ['501 ops', 'batch', (t) => ({ ops: Array(501).fill({ event: 'add_item', data: { list_id: t.list, name: 'x' } }) }), invalid],
  ['ops that are none', 'batch', () => ({ ops: ['add_item'] }), invalid],
  ['no token', 'authenticate', () => ({}), invalid],
  ['a token that is none', 'authenticate', () => ({ token: 'x.y.z' }), ['auth_error', 'token_invalid']],
  ['presence where one is no member', 'presence', (t) => ({ list_id: t.other, state: 'viewing' }), forbidden],
  ['an event that does not exist', 'drop_table', () => ({}), unknown],
  ['an event of the server', 'item_added', () => ({}), unknown],
  ['an event named like a member of objects', '__proto__', () => ({}), unknown],
];

describe(`${table.length} bad events`, () => {
  let there;
  let people;

  before(async () => {
    const { ann, bob, list_id } = await sharing(server.current, 'viewer');
    const eve = await joined(server.current, 'eve');
    const { item } = await add(ann, list_id, {}, [bob]);
    const { item: deleted } = await add(ann, list_id, {}, [bob]);
    await ann.ok('delete_item', { list_id, item_id: deleted.id });
    await bob.next('item_deleted');
    there = { list: list_id, own: ann.own, item: item.id, deleted: deleted.id, other: eve.own, ann: ann.user, bob: bob.user };
    people = { ann, bob, eve };
  });

  after(() => assert.ok(table.length >= 60));

  const everything = () => ['lists', 'items', 'members', 'links', 'ops'].map((name) => query(server.current, `select * from ${name}`));

  for (const [what, event, payload, [errorEvent, code], by = 'ann'] of table) {
    test(`${event}: ${what} is ${code}`, async () => {
      const sender = people[by];
      const others = Object.values(people).filter((one) => one !== sender);
      const marks = others.map((one) => one.mark());
      const before = everything();

      await sender.refused(event, payload(there), errorEvent, code);

      for (const [at, other] of others.entries()) {
        await other.settle();
        assert.deepEqual(other.since(marks[at]), ['(ack of get_trash)'], 'somebody else heard of it');
      }
      assert.ok(sender.socket.connected, 'the connection has ended');
      assert.deepEqual(everything(), before, 'something was stored');
    });
  }
});
