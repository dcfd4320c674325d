import { describe, expect, test } from 'vitest';
import { item, list_id, ListAuthority, snapshot, user_id } from '../tests/support/fixtures.js';
import { Replica } from './replica.js';

describe('Replica', () => {
  test('follows events whose prev_rev is its own rev', () => {
    const server = new ListAuthority([item('milk')]);
    const replica = new Replica(server.snapshot());

    expect(replica.applyEvent(server.updated('milk', { name: 'Oat milk' }), user_id)).toBe('applied');
    expect(replica.applyEvent(server.added(item('bread')), user_id)).toBe('applied');
    expect(replica.applyEvent(server.deleted('milk'), user_id)).toBe('applied');

    expect([...replica.items.keys()]).toEqual(['bread']);
    expect(replica.position).toEqual({ epoch: 'e1', rev: 103 });
  });

  test('changes nothing when an event is missing before this one', () => {
    const server = new ListAuthority([item('milk')]);
    const replica = new Replica(server.snapshot());
    server.updated('milk', { name: 'missed' });

    expect(replica.applyEvent(server.added(item('bread')), user_id)).toBe('gap');

    expect([...replica.items.keys()]).toEqual(['milk']);
    expect(replica.position.rev).toBe(100);
  });

  test('knows an event that comes again', () => {
    const server = new ListAuthority([item('milk')]);
    const replica = new Replica(server.snapshot());
    const event = server.updated('milk', { name: 'Oat milk' });
    replica.applyEvent(event, user_id);

    expect(replica.applyEvent(event, user_id)).toBe('known');
  });

  test('closes a gap with a delta, and takes none from another epoch or from later than it is', () => {
    const replica = new Replica(snapshot([item('milk'), item('eggs')]));
    const delta = { list_id, epoch: 'e1', base_rev: 100, rev: 110, items: [item('bread')], deleted: ['milk'], list_name: 'Shopping' };

    expect(replica.applyDelta({ ...delta, epoch: 'e2' })).toBe('gap');
    expect(replica.applyDelta({ ...delta, base_rev: 101 })).toBe('gap');
    expect(replica.applyDelta(delta)).toBe('applied');

    expect([...replica.items.keys()]).toEqual(['eggs', 'bread']);
    expect([replica.name, replica.position.rev]).toEqual(['Shopping', 110]);
  });

  test('takes a snapshot of another epoch even if its rev is lower, and none that is older', () => {
    const replica = new Replica(snapshot([item('milk')]));

    expect(replica.applySnapshot(snapshot([], { rev: 99 }))).toBe('known');
    expect(replica.items.size).toBe(1);
    expect(replica.applySnapshot(snapshot([], { rev: 99, epoch: 'e2' }))).toBe('applied');
    expect(replica.items.size).toBe(0);
  });

  test('knows its user\'s role from the members', () => {
    const replica = new Replica(snapshot());
    const members = [{ user_id, name: null, role: 'viewer' as const }];

    replica.applyEvent({ event: 'members_changed', data: { list_id, members, owner_id: 'bob', rev: 101, prev_rev: 100 } }, user_id);

    expect([replica.role, replica.owner_id]).toEqual(['viewer', 'bob']);
  });

  test('is the same after it was stored', () => {
    const replica = new Replica(snapshot([item('milk')]));

    expect(Replica.fromStored(structuredClone(replica.toStored())).toStored()).toEqual(replica.toStored());
  });
});
