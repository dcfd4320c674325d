// A stand-in for PostgREST, the REST interface of a Supabase project, as far as this project asks it: POST /rest/v1/rpc/<function> with
// arguments by name, as one transaction in the role of the token. Errors, their HTTP status and the access mode are those of PostgREST's
// documentation (Functions as RPC, Errors, Transactions); it was never compared with the original. A project is a database of the
// PostgreSQL server, whose name comes first in the path, so that one process serves many.
//
//   node postgrest.js <folder of the server's socket> <port> [<port of the server>]
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

export const jwtSecret = 'the-stand-in-signs-and-verifies-its-keys-with-this';
const connectionsOfProject = 10;

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signature = (signed) => createHmac('sha256', jwtSecret).update(signed).digest('base64url');

/** A key as a project has it: a token whose role is everything that is looked at. */
export function makeKey(role, claims = {}) {
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'supabase', role, ...claims })}`;
  return `${signed}.${signature(signed)}`;
}
export const serviceKey = makeKey('service_role');
/** The other form: no token, and only the header `apikey` is looked at. */
export const secretKey = 'sb_secret_stand-in';

/** What a project is before our tables are in it, as SQL for a superuser: roles, and grants of everything on whatever `owner` makes. */
export const projectSql = (owner) => `
  do $$ begin
    if to_regrole('service_role') is null then
      create role anon; create role authenticated; create role service_role bypassrls;
      create role authenticator noinherit login; grant anon, authenticated, service_role to authenticator;
    end if;
  end $$;
  grant usage on schema public to anon, authenticated, service_role;
  alter default privileges for role ${owner} in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges for role ${owner} in schema public grant all on functions to anon, authenticated, service_role;`;

class Refusal extends Error {
  constructor(status, code, message, details = null, hint = null) {
    super(message);
    Object.assign(this, { status, body: { code, details, hint, message } });
  }
}

// "HTTP Status Codes" of the documentation; the first that fits.
const statuses = [
  ['08', 503], ['09', 500], ['0L', 403], ['0P', 403], ['23503', 409], ['23505', 409], ['25006', 405], ['25', 500], ['28', 403], ['2D', 500],
  ['38', 500], ['39', 500], ['3B', 500], ['40', 500], ['53400', 500], ['53', 503], ['54', 500], ['55', 500], ['57', 500], ['58', 500],
  ['F0', 500], ['HV', 500], ['P0001', 400], ['P0', 500], ['XX', 500], ['42883', 404], ['42P01', 404], ['42P17', 500],
];
function refusalOf(error, role) {
  if (error instanceof Refusal) return error;
  if (!/^[0-9A-Z]{5}$/.test(error.code ?? '') || error.severity === undefined)
    return new Refusal(503, 'PGRST001', `Database client error. Retrying the connection: ${error.message}`);
  const status = error.code === '42501' ? (role === 'anon' ? 401 : 403) : (statuses.find(([start]) => error.code.startsWith(start))?.[1] ?? 400);
  return new Refusal(status, error.code, error.message, error.detail ?? null, error.hint ?? null);
}

function roleOf(headers) {
  if (headers.apikey === undefined) throw new Refusal(401, '', 'No API key found in request');
  if (headers.apikey === secretKey && headers.authorization === undefined) return { role: 'service_role' };
  const [, key] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (!key) return { role: 'anon' };
  const [head, body, mark = ''] = key.split('.');
  const expected = Buffer.from(signature(`${head}.${body}`));
  if (mark.length !== expected.length || !timingSafeEqual(Buffer.from(mark), expected))
    throw new Refusal(401, 'PGRST301', 'No suitable key or wrong key type');
  return JSON.parse(Buffer.from(body, 'base64url'));
}

function read(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    request.on('data', (bytes) => parts.push(bytes)).on('end', () => resolve(Buffer.concat(parts))).on('error', reject);
  });
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

export class PostgrestStandIn {
  /** `keys`: what Supabase Auth publishes of itself under /auth/v1/.well-known/jwks.json, as text. */
  static async start({ socket, socketPort = 5432, port = 0, keys = null }) {
    const standIn = Object.assign(new PostgrestStandIn(), { socket, socketPort, keys, projects: new Map(), asked: [] });
    standIn.http = createServer((request, response) => standIn.#answer(request, response));
    await new Promise((resolve) => standIn.http.listen(port, '127.0.0.1', resolve));
    if (port === 0) standIn.http.unref();  // a test that has ended does not wait for it
    standIn.port = standIn.http.address().port;
    return standIn;
  }

  /** For SUPABASE_URL. */
  url(database) {
    return `http://127.0.0.1:${this.port}/${database}`;
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
    await Promise.all([...this.projects.values()].map((pool) => pool.end()));
  }

  /** Is away, as a service that was redeployed. */
  async pause() {
    await this.stop();
    this.projects.clear();
  }
  async resume() {
    this.http = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => this.http.listen(this.port, '127.0.0.1', resolve));
    this.http.unref();
  }

  #project(database) {
    let pool = this.projects.get(database);
    if (!pool) {
      pool = new pg.Pool({ host: this.socket, port: this.socketPort, user: 'authenticator', database, max: connectionsOfProject, allowExitOnIdle: true });
      pool.on('error', () => {});  // of one that is idle
      this.projects.set(database, pool);
    }
    return pool;
  }

  async #answer(request, response) {
    const { pathname } = new URL(request.url, 'http://stand-in');
    const send = (status, body) => response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body);
    let role;
    try {
      if (/^\/\w+\/auth\/v1\/\.well-known\/jwks\.json$/.test(pathname) && this.keys) return send(200, this.keys);
      const [, database, name] = /^\/(\w+)\/rest\/v1\/rpc\/(\w+)$/.exec(pathname) ?? [];
      if (!name) throw new Refusal(404, 'PGRST125', 'Invalid path specified in request URL');
      if (request.method !== 'POST') throw new Refusal(405, 'PGRST101', `Cannot use the ${request.method} method on RPC`);
      const body = await read(request);
      const claims = roleOf(request.headers);
      role = claims.role;
      if (!/^application\/json/.test(request.headers['content-type'] ?? '')) throw new Refusal(415, 'PGRST102', 'Content-Type not acceptable');
      this.asked.push(name);
      const result = await this.#call(this.#project(database), claims, name, body);
      if (result === undefined) return response.writeHead(204).end();
      return send(200, result);
    } catch (error) {
      const refusal = refusalOf(error, role);
      return send(refusal.status, JSON.stringify(refusal.body));
    }
  }

  async #call(pool, claims, name, body) {
    let given;
    try {
      body = new TextDecoder('utf-8', { fatal: true }).decode(body) || '{}';
      given = JSON.parse(body);
    } catch {
      throw new Refusal(400, 'PGRST102', 'Empty or invalid json');
    }
    const client = await pool.connect();
    let isBroken = false;
    try {
      const found = await client.query(
        `select provolatile, prorettype::regtype::text as returns, coalesce(proargnames, '{}') as names,
           array(select format_type(t, null) from unnest(proargtypes) with ordinality as a (t, n) order by n) as types
         from pg_proc where pronamespace = 'public'::regnamespace and proname = $1`, [name]);
      const wanted = Object.keys(given).sort().join();
      const callee = found.rows.find(({ names }) => [...names].sort().join() === wanted);
      if (!callee)
        throw new Refusal(404, 'PGRST202', `Could not find the function public.${name}(${wanted}) in the schema cache`,
          `Searched for the function public.${name} with parameters ${wanted}, but no matches were found in the schema cache.`);
      const mode = callee.provolatile === 'v' ? 'read write' : 'read only';
      await client.query(`start transaction isolation level read committed ${mode}; set local role ${quoted(claims.role)};
        select set_config('request.jwt.claims', ${client.escapeLiteral(JSON.stringify(claims))}, true)`);
      try {
        const columns = callee.names.map((argument, n) => `${quoted(argument)} ${callee.types[n]}`).join(', ');
        const words = callee.names.map((argument) => `${quoted(argument)} := b.${quoted(argument)}`).join(', ');
        const from = columns ? ` from json_to_record($1::json) as b (${columns})` : '';
        const result = await client.query(`select to_json(public.${quoted(name)}(${words}))::text as value${from}`, columns ? [body] : []);
        await client.query('commit');
        return callee.returns === 'void' ? undefined : (result.rows[0].value ?? 'null');
      } catch (error) {
        await client.query('rollback').catch(() => (isBroken = true));
        throw error;
      }
    } catch (error) {
      if (error.severity === 'FATAL' || error.severity === undefined) isBroken ||= !(error instanceof Refusal);
      throw error;
    } finally {
      client.release(isBroken);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [socket, port, socketPort = '5432'] = process.argv.slice(2);
  await PostgrestStandIn.start({ socket, port: Number(port), socketPort: Number(socketPort) });
  console.log('the stand-in listens');
}
