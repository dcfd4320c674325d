// Waiting for what a client tells.
import type { Client, ClientEvents } from '../../src/index.js';

const patienceMs = 15_000;

/** Resolves when `holds` holds, looked at now and after each of the client's events. */
export function until(client: Client, holds: () => boolean, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const names: (keyof ClientEvents)[] = ['lists', 'status', 'pending', 'presence', 'conflicts', 'refused'];
    const stops: (() => void)[] = [];
    const end = () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`not within ${patienceMs} ms: ${what}`));
    }, patienceMs);
    const look = () => {
      if (!holds()) return;
      end();
      resolve();
    };
    for (const name of names) stops.push(client.on(name, look));
    look();
  });
}
