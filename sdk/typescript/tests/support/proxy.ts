// A network that breaks when a test wants it: a TCP proxy before the server.
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export class Proxy {
  private readonly server: Server;
  private readonly pairs = new Set<[Socket, Socket]>();
  private isOpen = true;
  private budget: number | null = null;
  private onBroken: () => void = () => undefined;

  private constructor(private readonly target: number) {
    this.server = createServer((near) => this.accept(near));
  }

  static async before(target: { port: number }): Promise<Proxy> {
    const proxy = new Proxy(target.port);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Breaks all connections; new ones break at once until `mend`. */
  cut(): void {
    this.isOpen = false;
    this.breakAll();
  }

  /** Breaks all connections when the server has sent so many bytes more; what is in front of them arrives. Then as `cut`. */
  cutAfter(bytes: number): void {
    this.budget = bytes;
  }

  mend(): void {
    this.isOpen = true;
    this.budget = null;
  }

  /** Resolves when what `cutAfter` said has happened. */
  broken(): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    return new Promise((resolve) => (this.onBroken = resolve));
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(near: Socket): void {
    near.on('error', () => undefined);
    if (!this.isOpen) return void near.destroy();
    const far = connect(this.target, '127.0.0.1');
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    far.on('error', () => near.destroy());
    for (const socket of pair) socket.setNoDelay(true).once('close', () => this.end(pair));
    near.pipe(far);
    far.on('data', (data: Buffer) => this.pass(data, near));
    far.once('end', () => near.end());
  }

  private pass(data: Buffer, near: Socket): void {
    if (this.budget === null) return void near.write(data);
    const part = data.subarray(0, this.budget);
    this.budget -= part.length;
    near.write(part);
    if (this.budget > 0) return;
    this.isOpen = false;
    this.onBroken();
    near.end();
    for (const pair of [...this.pairs]) {
      pair[1].destroy();
      if (pair[0] !== near) pair[0].destroy();
    }
  }

  private end(pair: [Socket, Socket]): void {
    this.pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }

  private breakAll(): void {
    for (const pair of [...this.pairs]) this.end(pair);
  }
}
