// One's own changes until the server has confirmed them: what is sent next, and what an answer means. Pure; it sends nothing itself.
import {
  coalesce, isAboutExistence, isChecked, newOperation, targetOf, toBatchOp, type Change, type Operation,
} from './operation.js';
import { lostItem, rebase, type Conflict, type Resolver } from './rebase.js';
import type { Replica } from './replica.js';
import type { BatchOp, Failure, Reply } from './wire.js';

/** A change that the server will not make, with the reason. It is not tried again. */
export interface Refusal {
  op_id: string;
  change: Change;
  error: Failure;
}

/** What goes out together. */
export interface Batch {
  operations: Operation[];
  ops: BatchOp[];
}

/** How much the server takes at once. */
export interface BatchLimits {
  ops: number;
  /** Of the ops as JSON in UTF-8. */
  bytes: number;
}

/** When what was refused is worth sending again. */
export type Verdict = 'done' | 'again' | 'later' | 'with a new token';

/** Who hears of what the outbox finds out. */
export interface OutboxListener {
  /** An operation is new or changed; null: it has left the outbox. */
  stored(op_id: string, operation: Operation | null): void;
  conflict(conflict: Conflict): void;
  refused(refusal: Refusal): void;
  accepted(operation: Operation, rev: number): void;
}

/** So often an operation may make the server fail before it is given up. */
const failuresAllowed = 5;

export class Outbox {
  private operations: Operation[] = [];
  private lastSeq = 0;

  constructor(
    private readonly replicaOf: (list_id: string) => Replica | undefined,
    private readonly resolve: Resolver,
    private readonly listener: OutboxListener,
  ) {}

  /** Takes over operations of an earlier run, in their order. */
  restore(operations: readonly Operation[]): void {
    this.operations = [...operations].sort((a, b) => a.seq - b.seq);
    this.lastSeq = this.operations.at(-1)?.seq ?? 0;
  }

  /** Adds a change at the end, or into an operation that nobody has been sent. `op_id` is used for a new operation. */
  add(change: Change, op_id: string): Operation {
    const last = this.operations.findLast((operation) => targetOf(operation.change) === targetOf(change));
    const merged = last && last.sent === null && last.accepted_rev === null ? coalesce(last.change, change) : null;
    if (last && merged) {
      last.change = merged;
      this.listener.stored(last.op_id, last);
      return last;
    }
    this.lastSeq = Math.max(this.lastSeq + 1, Date.now());
    const operation = newOperation(op_id, this.lastSeq, change);
    this.operations.push(operation);
    this.listener.stored(op_id, operation);
    return operation;
  }

  /** The changes of a list, in order. */
  changesOf(list_id: string): Change[] {
    return this.operations.filter(({ change }) => change.list_id === list_id).map(({ change }) => change);
  }

  /** Ids of lists that have changes here. */
  listIds(): Set<string> {
    return new Set(this.operations.map(({ change }) => change.list_id));
  }

  /** The operations that the server has not accepted, of one list or of all. */
  waiting(list_id?: string): Operation[] {
    return this.operations.filter(({ accepted_rev, change }) => accepted_rev === null && (list_id ?? change.list_id) === change.list_id);
  }

  /** How many changes the server has not accepted. */
  get size(): number {
    return this.waiting().length;
  }

  /**
   * The next batch; null if there is nothing to send. What was not sent before is brought onto the present state first, and what is left
   * of it is what goes out. What was sent and not answered goes out again as it was. Call it with no other batch under way.
   */
  take(limits: BatchLimits): Batch | null {
    const order = new Order();
    const batch: Batch = { operations: [], ops: [] };
    let bytes = 0;
    for (const operation of [...this.operations]) {
      if (operation.accepted_rev !== null) {
        order.pass(operation.change);
        continue;
      }
      if (order.mustWait(operation.change, this.replicaOf(operation.change.list_id) !== undefined)) {
        order.holdBack(operation.change);
        continue;
      }
      const seen = operation.sent ? operation.sent.seen : this.prepare(operation);
      if (seen === 'nothing left') continue;
      const op = toBatchOp(operation, seen);
      bytes += new TextEncoder().encode(JSON.stringify(op)).length;
      if (batch.ops.length > 0 && (bytes > limits.bytes || batch.ops.length >= limits.ops)) break;
      operation.sent = { seen };
      this.listener.stored(operation.op_id, operation);
      order.pass(operation.change);
      batch.operations.push(operation);
      batch.ops.push(op);
    }
    return batch.ops.length > 0 ? batch : null;
  }

  // Brings it onto the present state; the place in the list's history that it now stands on.
  private prepare(operation: Operation): Replica['position'] | null | 'nothing left' {
    const replica = this.replicaOf(operation.change.list_id);
    if (!replica || !isChecked(operation.change)) return null;
    const { change, conflicts } = rebase(operation.change, replica, this.resolve);
    for (const conflict of conflicts) this.listener.conflict(conflict);
    if (change === null) {
      this.remove(operation.op_id);
      return 'nothing left';
    }
    operation.change = change;
    return { ...replica.position };
  }

  /** An event of the server says that it has been done; the replica has it. */
  confirm(op_id: string, rev: number): void {
    const operation = this.find(op_id);
    if (!operation) return;
    if (operation.accepted_rev === null) this.listener.accepted(operation, rev);
    this.remove(op_id);
  }

  /** Lets go of what was accepted, as far as the replica has it. */
  settleAccepted(list_id: string): void {
    const rev = this.replicaOf(list_id)?.position.rev;
    for (const { op_id, accepted_rev, change } of [...this.operations]) {
      if (change.list_id === list_id && accepted_rev !== null && (rev === undefined || accepted_rev <= rev)) this.remove(op_id);
    }
  }

  /** Takes an answer to one operation. */
  settle(op_id: string, reply: Reply): Verdict {
    const operation = this.find(op_id);
    if (!operation) return 'done';
    if (reply.ok) return this.accept(operation, reply.rev ?? 0);
    switch (reply.error.code) {
      case 'revision_conflict':
        operation.sent = null;
        operation.conflicts += 1;
        this.listener.stored(op_id, operation);
        return 'again';
      case 'rate_limited':
      case 'unavailable':
        return 'later';
      case 'token_expired':
      case 'token_missing':
      case 'token_invalid':
        return 'with a new token';
      case 'internal':
        operation.failures += 1;
        if (operation.failures < failuresAllowed) return 'later';
        return this.refuse(operation, reply.error);
      case 'gone':
        return this.settleGone(operation, reply.error);
      case 'already_exists':
        return this.isMadeAlready(operation.change) ? this.accept(operation, 0) : this.refuse(operation, reply.error);
      default:
        return this.refuse(operation, reply.error);
    }
  }

  private accept(operation: Operation, rev: number): Verdict {
    operation.accepted_rev = rev;
    this.listener.accepted(operation, rev);
    this.listener.stored(operation.op_id, operation);
    this.settleAccepted(operation.change.list_id);
    return 'done';
  }

  private refuse(operation: Operation, error: Failure): Verdict {
    this.remove(operation.op_id);
    this.listener.refused({ op_id: operation.op_id, change: operation.change, error });
    return 'done';
  }

  private settleGone(operation: Operation, error: Failure): Verdict {
    const { change } = operation;
    const isListThere = this.replicaOf(change.list_id) !== undefined;
    if (change.event === 'delete_item' || change.event === 'delete_list') {
      this.remove(operation.op_id);
    } else if (change.event === 'update_item' && isListThere) {
      this.remove(operation.op_id);
      this.listener.conflict(lostItem(change));
    } else {
      return this.refuse(operation, error);
    }
    return 'done';
  }

  // Sent so long ago that the server does not remember the operation: then what it made is there.
  private isMadeAlready(change: Change): boolean {
    const replica = this.replicaOf(change.list_id);
    return change.event === 'create_list' ? replica?.role === 'owner' : change.event === 'add_item' && replica?.items.has(change.item_id) === true;
  }

  private find(op_id: string): Operation | undefined {
    return this.operations.find((operation) => operation.op_id === op_id);
  }

  private remove(op_id: string): void {
    this.operations = this.operations.filter((operation) => operation.op_id !== op_id);
    this.listener.stored(op_id, null);
  }
}

/**
 * Which operations may stand in one batch. One waits for the answer to an earlier one of its target: that may be refused and tried again, and
 * its revision is not known yet. Nothing overtakes the coming or going of its list, nor is overtaken by it; but what needs no revision may
 * follow the creation of its list at once.
 */
class Order {
  private readonly passedTargets = new Set<string>();
  private readonly passedLists = new Set<string>();
  private readonly heldTargets = new Set<string>();
  private readonly heldLists = new Set<string>();
  private readonly closedLists = new Set<string>();

  mustWait(change: Change, isListThere: boolean): boolean {
    const { list_id } = change;
    const target = targetOf(change);
    if (this.closedLists.has(list_id) || this.heldTargets.has(target) || this.passedTargets.has(target)) return true;
    if (isAboutExistence(change)) return this.heldLists.has(list_id) || this.passedLists.has(list_id);
    return isChecked(change) && !isListThere && this.passedLists.has(list_id);
  }

  pass(change: Change): void {
    this.passedTargets.add(targetOf(change));
    this.passedLists.add(change.list_id);
  }

  holdBack(change: Change): void {
    this.heldTargets.add(targetOf(change));
    this.heldLists.add(change.list_id);
    if (isAboutExistence(change)) this.closedLists.add(change.list_id);
  }
}
