// Who is looking at which list now, and telling the others what this user looks at.
import type { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import type { Presence, PresenceStateEvent } from './wire.js';

/** What this user does in a list: a short word such as `viewing` or `editing`, and at which item. */
export interface Activity {
  state: string;
  item_id?: string | null;
}

/** The server forgets an activity 10 s after it was last told, so it is told this often, in milliseconds. */
const refreshMs = 5_000;
const nobody: readonly Presence[] = [];

export class PresenceTracker extends Emitter<{ presence: { list_id: string } }> {
  private readonly mine = new Map<string, Activity>();
  private readonly others = new Map<string, readonly Presence[]>();
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly connection: Connection) {
    super();
    connection.on('event', ({ event, data }) => {
      if (event === 'presence_state') this.receive(data as PresenceStateEvent);
    });
    connection.on('lost', () => this.forget());
    connection.on('ended', () => {
      this.forget();
      this.stop();
    });
  }

  /** Who is in a list, this user included, as the server told last. Empty without a connection. */
  of(list_id: string): readonly Presence[] {
    return this.others.get(list_id) ?? nobody;
  }

  /** Tells what this user does in a list, until something else is told. Null: nothing any more; others see that within 10 s. */
  tell(list_id: string, activity: Activity | null): void {
    if (activity === null) {
      this.mine.delete(list_id);
      if (this.mine.size === 0) this.stop();
      return;
    }
    this.mine.set(list_id, activity);
    this.timer ??= setInterval(() => this.tellAll(), refreshMs);
    this.send(list_id, activity);
  }

  /** Tells everything again: after a reconnect the server knows nothing of it. */
  tellAll(): void {
    for (const [list_id, activity] of this.mine) this.send(list_id, activity);
  }

  // It is told again anyhow: an answer is not waited for, and a failure does not matter.
  private send(list_id: string, { state, item_id = null }: Activity): void {
    if (this.connection.isConnected) this.connection.request('presence', { list_id, state, item_id }, refreshMs).catch(() => undefined);
  }

  private receive({ list_id, users }: PresenceStateEvent): void {
    this.others.set(list_id, users);
    this.emit('presence', { list_id });
  }

  private forget(): void {
    const lists = [...this.others.keys()];
    this.others.clear();
    for (const list_id of lists) this.emit('presence', { list_id });
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
