// Listeners by the name of what they listen for.
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(data: never) => void>>();

  /** Calls `listener` from now on; the function that is returned ends it. */
  on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Calls every listener. What one throws is thrown later, on its own: a fault of a listener must not stop what is being told. */
  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      try {
        (listener as (data: Events[E]) => void)(data);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
