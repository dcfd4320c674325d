// A CA, a server's certificate for 127.0.0.1, and a client's, made with openssl in a folder of their own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Certificates {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tls-'));
    for (const name of ['ca', 'server', 'client']) Object.assign(this, { [name]: { certificate: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) } });
    this.#make(this.ca, '/CN=tests');
    this.#make(this.server, '/CN=redis', ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']);
    this.#make(this.client, '/CN=client', []);
  }

  #make({ certificate, key }, subject, more) {
    const signed = more ? ['-CA', this.ca.certificate, '-CAkey', this.ca.key, '-addext', 'basicConstraints=critical,CA:FALSE', ...more] : [];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-keyout', key, '-out', certificate, '-subj', subject, ...signed], { stdio: 'ignore' });
  }

  end() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
