// Projects as Supabase has them, for one test file: databases of its PostgreSQL server, each behind a stand-in for the REST interface, set up
// as docs/supabase.md says.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PostgrestStandIn, projectSql, serviceKey } from './postgrest.js';
import { Postgres } from './postgres.js';

const policies = new URL('../../../database/supabase.sql', import.meta.url);

export class SupabaseProject {
  static async make() {
    const project = new SupabaseProject();
    project.postgres = await Postgres.makeDatabase();
    const { cluster, name } = project.postgres;
    project.standIn = await PostgrestStandIn.start({ socket: cluster.folder });
    cluster.psql(name, projectSql('collab'));
    const schema = execFileSync(process.env.COLLAB_TODO_BINARY, ['schema'], { encoding: 'utf8' });
    for (const sql of [schema, readFileSync(policies, 'utf8')]) cluster.psql(name, `set client_min_messages = warning; set role collab;\n${sql}`);
    return project;
  }

  get url() {
    return this.standIn.url(this.postgres.name);
  }

  get settings() {
    return { SUPABASE_URL: this.url, SUPABASE_SERVICE_KEY: serviceKey };
  }

  /** What every token of its users has. */
  get claims() {
    return { iss: `${this.url}/auth/v1`, aud: 'authenticated', role: 'authenticated' };
  }
}
