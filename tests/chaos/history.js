// What everybody saw, was told and did, in the order in which it came here: plain records, to be written to a file of
// JSON lines and read again. docs/chaos.md tells their kinds.
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';

export class History {
  constructor(records = []) {
    this.records = records;
    this.began = Date.now();
  }

  /** `at` is milliseconds since the beginning. */
  note(type, fields) {
    this.records.push({ at: Date.now() - this.began, type, ...fields });
  }

  async write(path) {
    const file = createWriteStream(path);
    for (const record of this.records) if (!file.write(`${JSON.stringify(record)}\n`)) await once(file, 'drain');
    file.end();
    await once(file, 'close');
  }

  /** The file may be packed. */
  static read(path) {
    const file = readFileSync(path);
    return new History((path.endsWith('.gz') ? gunzipSync(file) : file).toString().split('\n').filter(Boolean).map((line) => JSON.parse(line)));
  }
}
