// A TCP link that can be cut, held up, slowed down and sliced. Nothing is lost on it without its connection being lost.
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Proxy {
  #connections = new Set();
  #release = null;
  #held = null;
  delay = 0;     // milliseconds, for each piece of data
  slice = 0;     // bytes, of which data comes in pieces; 0 = as it is
  isCut = false;

  /** `place` and `target` are what net.listen and net.connect take: a port with a host, or a path. */
  static async start(place, target) {
    const proxy = new Proxy();
    proxy.target = target;
    proxy.server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => proxy.#accept(near));
    proxy.server.listen(place);
    await once(proxy.server, 'listening');
    proxy.server.unref();
    proxy.port = proxy.server.address()?.port;
    return proxy;
  }

  #accept(near) {
    if (this.isCut) return near.destroy();
    const far = createConnection({ ...this.target, allowHalfOpen: true, noDelay: true });
    const connection = { near, far };
    this.#connections.add(connection);
    const end = () => {
      near.destroy();
      far.destroy();
      this.#connections.delete(connection);
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    this.#carry(near, far).catch(end);
    this.#carry(far, near).catch(end);
  }

  async #carry(from, to) {
    for await (const data of from) {
      if (this.#held) await this.#held;
      if (this.delay > 0) await pause(this.delay);
      const size = this.slice || data.length;
      for (let at = 0; at < data.length; at += size) {
        if (!to.write(data.subarray(at, at + size))) await once(to, 'drain');
        if (this.slice > 0) await pause(1);
      }
    }
    to.end();
  }

  /** Breaks what is open, as a reset does; nothing new comes through. */
  cut() {
    this.isCut = true;
    for (const { near, far } of this.#connections)
      for (const socket of [near, far]) {
        // A path has no reset, and who is still connecting nothing to reset.
        if (this.server.address()?.port && !socket.connecting) socket.resetAndDestroy();
        else socket.destroy();
      }
  }

  /** As if the network swallowed everything: connections stay open and nothing comes. */
  hold() {
    this.#held ??= new Promise((resolve) => (this.#release = resolve));
  }

  /** The link is good again. What was held up comes now. */
  heal() {
    this.#release?.();
    this.#held = this.#release = null;
    this.isCut = false;
    this.delay = this.slice = 0;
  }

  close() {
    this.heal();
    this.cut();
    this.server.close();
  }
}
