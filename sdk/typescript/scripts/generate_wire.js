// Writes src/wire.ts: the types of everything on the wire, from the server's own description of itself (docs/asyncapi.json).
//
//   npm run generate          (a test fails when src/wire.ts is out of date)
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('../../../docs/asyncapi.json', import.meta.url);
const target = new URL('../src/wire.ts', import.meta.url);
const isEvent = (name) => /^[a-z]/.test(name);

/** `item_added` → `ItemAddedEvent`; a name that is a type's already stays. */
const typeName = (name) => (isEvent(name) ? `${name.replace(/(?:^|_)([a-z])/g, (_, c) => c.toUpperCase())}Event` : name);
const refName = (ref) => typeName(ref.split('/').pop());

function typeOf(schema) {
  if (schema.$ref) return refName(schema.$ref);
  if (schema.anyOf && !schema.properties) return [...new Set(schema.anyOf.map(typeOf))].join(' | ');
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ');
  switch (schema.type) {
    case 'string': return 'string';
    case 'boolean': return 'boolean';
    case 'null': return 'null';
    case 'integer':
    case 'number': return 'number';
    case 'array': {
      const of = typeOf(schema.items);
      return of.includes('|') ? `(${of})[]` : `${of}[]`;
    }
    case 'object': return `Record<string, ${typeOf(schema.additionalProperties ?? {})}>`;
    default: return 'unknown';
  }
}

const comment = (text, indent) => (text ? `${indent}/** ${text.replaceAll('*/', '* /')} */\n` : '');

function interfaceOf(name, schema) {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(
    ([field, of]) => `${comment(of.description, '  ')}  ${field}${required.has(field) ? '' : '?'}: ${typeOf(of)};\n`,
  );
  const head = comment(schema.description, '');
  return fields.length === 0 ? `${head}export type ${typeName(name)} = object;\n` : `${head}export interface ${typeName(name)} {\n${fields.join('')}}\n`;
}

/** What an event's acknowledgement carries besides `ok`. */
const replyOf = (document, event) => refName(document.components.messages[`${event}.ack`].payload.oneOf[0].anyOf[0].$ref);

/** The text of src/wire.ts for an AsyncAPI document of the server. */
export function generate(document) {
  const { schemas } = document.components;
  const events = (action) => Object.entries(document.operations).filter(([, operation]) => operation.action === action).map(([name]) => name);
  const clientEvents = events('receive').map((name) => `  ${name}: { data: ${typeName(name)}; reply: ${replyOf(document, name)} };\n`);
  const serverEvents = events('send').map((name) => `  ${name}: ${typeName(name)};\n`);
  return `// Written by scripts/generate_wire.js from docs/asyncapi.json; do not edit. Version ${document.info.version} of the protocol.

${Object.entries(schemas).map(([name, schema]) => interfaceOf(name, schema)).join('\n')}
/** What a client may send, and what it is answered. */
export interface ClientEvents {
${clientEvents.join('')}}

/** What the server sends. */
export interface ServerEvents {
${serverEvents.join('')}}

export type ClientEvent = keyof ClientEvents;
export type ServerEvent = keyof ServerEvents;

/** An acknowledgement. Of a repeated \`op_id\` it has \`rev\` alone. */
export type Reply<E extends ClientEvent = ClientEvent> =
  | ({ ok: true } & Partial<ClientEvents[E]['reply']> & Done)
  | { ok: false; error: Failure };
`;
}

export const generated = () => generate(JSON.parse(readFileSync(source, 'utf8')));

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, generated());
