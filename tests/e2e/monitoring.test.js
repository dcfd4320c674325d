// ops/monitoring against real servers: every figure that it names is there, a real Prometheus reads them, each panel of the dashboard
// shows something, and each alert fires when it should.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { add, joined } from './support/client.js';
import { until, withDeadline } from './support/deadline.js';
import { freePort } from './support/server.js';
import { twoServersForAllTests, withServer } from './support/suite.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(top, 'ops/monitoring');
const file = (name) => readFileSync(join(folder, name), 'utf8');
const panels = JSON.parse(file('dashboard.json')).panels.filter((panel) => panel.type !== 'row');
const queries = panels.flatMap((panel) => panel.targets.map((target) => ({ panel: panel.title, expr: target.expr })));

const namesIn = (text) => new Set(text.match(/\bcollab_(?!todo)[a-z_]+/g));
const metricsText = async (server) => (await fetch(`${server.url}/metrics`, { headers: { accept: 'text/plain' } })).text();
/** "gauge" or "counter" by name. */
const typesAt = async (server) => new Map([...(await metricsText(server)).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
const onlyWithRedis = (name) => /^collab_(queue|worker|exchange)_/.test(name);
const promtool = (words, input) => execFileSync('promtool', words, { cwd: folder, encoding: 'utf8', input, timeout: 60_000 });

class Prometheus {
  /** With our configuration, but these servers and no patience. */
  async start(servers) {
    this.folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    this.port = await freePort();
    let text = file('prometheus.yaml');
    for (const [there, here] of [['127.0.0.1:5001', new URL(servers[0].url).host], ['127.0.0.1:5002', new URL(servers[1].url).host],
      ['scrape_interval: 15s', 'scrape_interval: 500ms'], ['- alerts.yaml', `- ${join(folder, 'alerts.yaml')}`]]) {
      assert.ok(text.includes(there), there);
      text = text.replace(there, here);
    }
    writeFileSync(join(this.folder, 'prometheus.yaml'), text);
    const log = openSync(join(this.folder, 'log'), 'a');
    this.process = spawn('prometheus', [`--config.file=${join(this.folder, 'prometheus.yaml')}`, `--storage.tsdb.path=${join(this.folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${this.port}`], { cwd: this.folder, stdio: ['ignore', log, log] });
    process.once('exit', () => this.process.kill('SIGKILL'));
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    await until(async () => {
      assert.equal(this.process.exitCode, null, readFileSync(join(this.folder, 'log'), 'utf8'));
      return (await this.query('collab_up').catch(() => [])).length === 2;
    }, 'Prometheus has asked both servers', 30_000);
  }

  async query(expr) {
    const answer = await (await fetch(`http://127.0.0.1:${this.port}/api/v1/query?query=${encodeURIComponent(expr)}`)).json();
    assert.equal(answer.status, 'success', `${expr}: ${answer.error}`);
    return answer.data.result;
  }

  async stop() {
    this.process?.kill('SIGTERM');
    if (this.process) await withDeadline(this.exited, () => 'the end of Prometheus');
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }
}

test('promtool finds the rules and the configuration good, and each alert fires when it should and not on a good day', () => {
  promtool(['check', 'config', 'prometheus.yaml']);
  promtool(['test', 'rules', 'alerts_test.yaml']);
  const alerts = [...file('alerts.yaml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  assert.ok(alerts.length > 0);
  const fired = file('alerts_test.yaml').split('a bad day')[1];
  assert.deepEqual(alerts.filter((name) => !fired.includes(name)), [], 'alerts that no test fires');
});

describe('figures of real servers', { timeout: 120_000 }, () => {
  const servers = twoServersForAllTests();
  const prometheus = new Prometheus();
  after(() => prometheus.stop());

  test('have every name that the dashboard, the alerts and the documents use, with and without Redis', async () => {
    const documents = readdirSync(join(top, 'docs')).filter((name) => name.endsWith('.md')).map((name) => readFileSync(join(top, 'docs', name), 'utf8')).join('\n');
    const used = [...new Set([...namesIn(queries.map((query) => query.expr).join('\n')), ...namesIn(file('alerts.yaml')), ...namesIn(file('alerts_test.yaml')), ...namesIn(documents)])];
    assert.ok(used.length > 20, used.join(' '));
    const withRedis = await typesAt(servers.current);
    assert.deepEqual(used.filter((name) => !withRedis.has(name)), [], 'unknown with Redis');
    await withServer({ REDIS_URL: '', DATABASE_URL: '' }, async (server) => {
      const alone = await typesAt(server);
      assert.deepEqual(used.filter((name) => !alone.has(name) && !onlyWithRedis(name)), [], 'unknown without Redis');
      assert.deepEqual(used.filter((name) => alone.has(name) && onlyWithRedis(name)), [], 'without Redis there is no queue in it');
    });
    for (const { panel, expr } of queries)
      for (const [, within, name] of expr.matchAll(/(rate\(|increase\(|)\b(collab_(?!todo)[a-z_]+)/g))
        assert.equal(withRedis.get(name), within ? 'counter' : 'gauge', `${panel}: ${expr}`);
  });

  test('are what Prometheus takes for good', async () => {
    assert.equal(promtool(['check', 'metrics'], await metricsText(servers.current)), '');
  });

  test('fill every panel of the dashboard', async () => {
    await prometheus.start([servers.current, servers.other]);
    const ann = await joined(servers.current, 'ann');
    await add(ann, ann.own);
    await until(async () => (await prometheus.query('sum(collab_connections)'))[0].value[1] === '1', 'Prometheus has heard of it');
    const filled = async ({ expr }) =>
      (await prometheus.query(expr.replaceAll('$job', 'collab-todo').replaceAll('$instance', '.*').replaceAll('$__rate_interval', '10s'))).length > 0;
    for (const query of queries) await until(() => filled(query), `${query.panel} shows something: ${query.expr}`);
    assert.deepEqual(await prometheus.query('ALERTS{alertstate="firing"}'), []);
  });
});
