// nginx and Caddy with the files of ops/proxy in front of servers under test: on a free port, ended by their process ids.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent as HttpAgent, get as httpGet } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until, withDeadline } from './deadline.js';
import { freePort } from './server.js';

const files = fileURLToPath(new URL('../../../ops/proxy', import.meta.url));
const running = new Set();
process.once('exit', () => {
  for (const proxy of running) proxy.process?.kill('SIGKILL');
});

class Proxy {
  async start(servers) {
    this.folder = mkdtempSync(join(tmpdir(), 'proxy-'));
    this.port = await freePort();
    const { words, environment } = await this.prepare(servers.map((server) => `127.0.0.1:${server.port}`));
    const log = openSync(join(this.folder, 'log'), 'a');
    this.process = spawn(words[0], words.slice(1), { cwd: this.folder, stdio: ['ignore', log, log], env: { PATH: `${process.env.PATH}:/usr/sbin`, HOME: this.folder, ...environment } });
    running.add(this);
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    await until(async () => {
      assert.equal(this.process.exitCode, null, readFileSync(join(this.folder, 'log'), 'utf8'));
      return (await this.get('/readyz').catch(() => ({}))).status === 200;
    }, 'the proxy answers');
    return this;
  }

  /** The answer to a GET, whose redirects are not followed. */
  get(path, url = this.url) {
    return withDeadline(new Promise((resolve, reject) => {
      const request = (url.startsWith('https') ? httpsGet : httpGet)(`${url}${path}`, { ca: this.ca }, (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location }));
      });
      request.on('error', reject);
    }), () => `GET ${path}`);
  }

  async stop() {
    this.process.kill('SIGTERM');
    await withDeadline(this.exited, () => 'the end of the proxy');
    running.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Nginx extends Proxy {
  get url() {
    return `https://127.0.0.1:${this.port}`;
  }

  /** For connections from this address of the loopback network. */
  agentFrom(localAddress) {
    return new HttpsAgent({ localAddress, ca: this.ca });
  }

  async prepare(addresses) {
    const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => join(this.folder, name));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
      '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore', timeout: 30_000 });
    this.ca = readFileSync(certificate);
    const plainPort = await freePort();
    this.plainUrl = `http://127.0.0.1:${plainPort}`;
    let text = readFileSync(join(files, 'nginx.conf'), 'utf8');
    const places = {
      'listen 443 ssl http2;': `listen 127.0.0.1:${this.port} ssl http2;`, 'listen [::]:443 ssl http2;': '', 'listen 80;': `listen 127.0.0.1:${plainPort};`,
      'listen [::]:80;': '', '/etc/ssl/certs/todo.example.org.pem': certificate, '/etc/ssl/private/todo.example.org.key': key,
      '127.0.0.1:5001': addresses[0], '127.0.0.1:5002': addresses[1],
    };
    for (const [there, here] of Object.entries(places)) {
      assert.ok(text.includes(there), `${there} in nginx.conf`);
      text = text.replace(there, here);
    }
    writeFileSync(join(this.folder, 'collab-todo.conf'), text);
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${join(this.folder, kind)};`).join(' ');
    writeFileSync(join(this.folder, 'nginx.conf'), `daemon off; ${process.getuid() === 0 ? 'user root;' : ''} pid ${join(this.folder, 'pid')};
events {} http { access_log off; ${kinds} include ${join(this.folder, 'collab-todo.conf')}; }`);
    return { words: ['nginx', '-e', 'stderr', '-p', this.folder, '-c', join(this.folder, 'nginx.conf')], environment: {} };
  }
}

export class Caddy extends Proxy {
  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  agentFrom(localAddress) {
    return new HttpAgent({ localAddress });
  }

  async prepare(addresses) {
    return { words: ['caddy', 'run', '--config', join(files, 'Caddyfile'), '--adapter', 'caddyfile'],
      environment: { SITE: this.url, SERVERS: addresses.join(' '), XDG_DATA_HOME: this.folder, XDG_CONFIG_HOME: this.folder } };
  }
}
