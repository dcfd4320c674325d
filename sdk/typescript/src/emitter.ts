// Listeners by the name of what they listen for.
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(data: never) => void>>();

  /** Calls `listener` from now on; the function that is returned ends it. */
  on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Calls every listener; what one throws is thrown after all were called. */
  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    const errors: unknown[] = [];
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      try {
        (listener as (data: Events[E]) => void)(data);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
