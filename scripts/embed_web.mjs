// Makes a built web client into what the assembler and the compiler embed: node scripts/embed_web.mjs DIST FOLDER
// FOLDER gets web_client.bin, all files in a row, each plain and where that is smaller as gzip and brotli too; web_client.S,
// which includes it; and web_client.cpp, the table of who is where (src/app/web_client.hpp).
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [dist, folder] = process.argv.slice(2);
if (!dist || !folder) throw new Error('usage: node scripts/embed_web.mjs DIST FOLDER');

const chunks = [];
let size = 0;

/** Appends bytes; the C++ expression for where they are. */
function place(bytes) {
  if (bytes.length === 0) return '{}';
  chunks.push(bytes);
  size += bytes.length;
  return `{web_client_bytes + ${size - bytes.length}, ${bytes.length}}`;
}

const none = Buffer.alloc(0);
const ifSmaller = (bytes, than) => (bytes.length < than.length ? bytes : none);

function rowOf(name) {
  const plain = readFileSync(join(dist, name));
  const gzip = ifSmaller(gzipSync(plain, { level: 9 }), plain);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const brotli = ifSmaller(brotliCompressSync(plain, { params: quality }), gzip.length > 0 ? gzip : plain);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  return `    {${JSON.stringify(`/${name}`)}, "${hash}", ${[plain, gzip, brotli].map(place).join(', ')}},`;
}

const names = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
  .map((entry) => relative(dist, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'))
  .sort();
if (!names.includes('index.html')) throw new Error(`${dist} has no index.html`);
const rows = names.map(rowOf);

mkdirSync(folder, { recursive: true });
const file = (name) => resolve(folder, name);
writeFileSync(file('web_client.bin'), Buffer.concat(chunks));
writeFileSync(file('web_client.S'), `// Written by scripts/embed_web.mjs.
.section .rodata
.global web_client_bytes
.type web_client_bytes, @object
web_client_bytes:
.incbin "${file('web_client.bin')}"
.size web_client_bytes, . - web_client_bytes
.section .note.GNU-stack, "", @progbits
`);
writeFileSync(file('web_client.cpp'), `// Written by scripts/embed_web.mjs.
#include "app/web_client.hpp"

extern "C" const char web_client_bytes[];

collab::app::WebClient collab::app::web_client() {
  static const transport::StaticFile files[] = {
${rows.join('\n')}
  };
  return files;
}
`);
console.log(`${names.length} files, ${Math.round(size / 1024)} kB with their compressed forms`);
