// The end-to-end tests' way to start the real server, to sign tokens for it and to look into its database.

export interface TestServer {
  readonly url: string;
  readonly port: number;
  restart(settings?: Record<string, string>): Promise<void>;
  kill(): Promise<void>;
  launch(): Promise<void>;
  stop(): Promise<void>;
  command(...words: string[]): Promise<string>;
  halt(): Promise<void>;
}

export interface Random {
  below(n: number): number;
  chance(p: number): boolean;
  pick<T>(values: readonly T[]): T;
}

// Their sources are JavaScript; what this file says of them is all that is used.
const support = (name: string): Promise<unknown> => import(/* @vite-ignore */ new URL(`../../../../tests/e2e/support/${name}.js`, import.meta.url).href);

const server = (await support('server')) as { TestServer: { start(settings?: Record<string, string>): Promise<TestServer> } };
const tokens = (await support('token')) as { token(user: string, claims?: Record<string, unknown>): string; now(): number };
const random = (await support('random')) as { randomOf(seed: number): Random };
const database = (await support('database')) as { query(server: TestServer, sql: string): Record<string, unknown>[] };

export const startServer = server.TestServer.start.bind(server.TestServer);
export const { token, now } = tokens;
export const { randomOf } = random;
export const { query } = database;

/** A user name that no other test has. */
let people = 0;
export const person = (name: string): string => `${name}-${++people}-${process.pid}`;
