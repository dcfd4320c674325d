// Stands between a server and its PostgreSQL, and keeps what the latter says while it is told to.
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class PostgresProxy {
  static async before(postgres) {
    const proxy = Object.assign(new PostgresProxy(), { postgres, cluster: postgres.cluster, folder: mkdtempSync(join(tmpdir(), 'proxy-')), sockets: new Set(), kept: null });
    proxy.server = createServer((client) => proxy.#connect(client));
    await new Promise((resolve) => proxy.server.listen(join(proxy.folder, '.s.PGSQL.5432'), resolve));
    return proxy;
  }

  get url() {
    return this.postgres.url.replace(/host=.*$/, `host=${this.folder}`);
  }

  #connect(client) {
    const server = createConnection(join(this.cluster.folder, '.s.PGSQL.5432'));
    for (const [socket, other] of [[client, server], [server, client]]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (bytes) => {
      if (this.kept) this.kept.push({ client, bytes });
      else client.write(bytes);
    });
  }

  /** From now on another cluster answers here. */
  switchTo(cluster) {
    this.cluster = cluster;
    for (const socket of this.sockets) socket.destroy();
  }

  hold() {
    this.kept = [];
  }

  /** What has been said meanwhile. */
  get held() {
    return (this.kept ?? []).map(({ bytes }) => bytes.toString('latin1')).join('');
  }

  release() {
    for (const { client, bytes } of this.kept) client.write(bytes);
    this.kept = null;
  }

  end() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
