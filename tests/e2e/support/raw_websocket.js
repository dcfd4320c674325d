// A WebSocket by hand, for what a client library hides: headers, extensions, frames, not reading and not answering.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { withDeadline } from './deadline.js';

const opcodes = { text: 1, close: 8 };
const tail = Buffer.from([0, 0, 0xff, 0xff]);  // what permessage-deflate leaves out at the end of a message
const flush = { finishFlush: constants.Z_SYNC_FLUSH };

/** Asks for a WebSocket. Resolves to the answer: `status`, `headers`, and `socket` with what came behind them, or `body`. */
function ask(server, headers) {
  const asked = request(`${server.url}/socket.io/?EIO=4&transport=websocket`, {
    agent: false,
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64'), ...headers },
  });
  const answer = new Promise((resolve, reject) => {
    asked.once('error', reject);
    asked.once('upgrade', ({ statusCode, headers: got }, socket, behind) => resolve({ status: statusCode, headers: got, socket, behind }));
    asked.once('response', async (response) => {
      let body = '';
      for await (const part of response) body += part;
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
  });
  asked.end();
  return withDeadline(answer, () => 'an answer to the upgrade');
}

/** The answer to an upgrade that must be refused. */
export async function refusedUpgrade(server, headers) {
  const { socket, ...answer } = await ask(server, headers);
  socket?.destroy();
  return answer;
}

export class RawWebSocket {
  /** Every text message as { text, isCompressed, size }, where size is that of its payload on the wire. */
  messages = [];
  closeCode = null;
  answersPings = true;
  #pending = Buffer.alloc(0);
  #taken = 0;
  #waiting = [];

  static async open(server, { headers = {} } = {}) {
    const { status, headers: got, socket, behind } = await ask(server, headers);
    if (status !== 101) throw new Error(`the upgrade was answered with ${status}`);
    return new RawWebSocket(got, socket, behind);
  }

  constructor(headers, socket, behind) {
    Object.assign(this, { headers, socket });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (bytes) => this.#take(bytes));
    this.#take(behind);
  }

  get isClosed() {
    return this.socket.closed;
  }

  #take(bytes) {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (let frame = this.#frame(); frame; frame = this.#frame()) this.#receive(frame);
    this.#waiting = this.#waiting.filter((wait) => !wait());
  }

  #frame() {
    const bytes = this.#pending;
    if (bytes.length < 2) return null;
    let size = bytes[1] & 0x7f;
    let at = 2;
    if (size === 126) [size, at] = bytes.length < 4 ? [Infinity, 4] : [bytes.readUInt16BE(2), 4];
    else if (size === 127) [size, at] = bytes.length < 10 ? [Infinity, 10] : [Number(bytes.readBigUInt64BE(2)), 10];
    if (bytes.length < at + size) return null;
    this.#pending = bytes.subarray(at + size);
    return { opcode: bytes[0] & 0x0f, isCompressed: (bytes[0] & 0x40) !== 0, payload: bytes.subarray(at, at + size) };
  }

  #receive({ opcode, isCompressed, payload }) {
    if (opcode === opcodes.close) {
      this.closeCode = payload.length < 2 ? null : payload.readUInt16BE(0);
      this.socket.end();
    }
    if (opcode !== opcodes.text) return;
    const text = (isCompressed ? inflateRawSync(Buffer.concat([payload, tail]), flush) : payload).toString();
    this.messages.push({ text, isCompressed, size: payload.length });
    if (text === '2' && this.answersPings) this.send('3');
  }

  send(text, { compress = false } = {}) {
    const plain = Buffer.from(text);
    const payload = compress ? deflateRawSync(plain, flush).subarray(0, -tail.length) : plain;
    const mask = randomBytes(4);
    const size = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
    const masked = payload.map((byte, index) => byte ^ mask[index % 4]);
    this.socket.write(Buffer.concat([Buffer.from([0x80 | (compress ? 0x40 : 0) | opcodes.text]), size, mask, masked]));
  }

  /** The first message, after those that were asked for before, that begins with `start`, now or when it comes. */
  next(start = '') {
    const found = () => {
      while (this.#taken < this.messages.length) {
        const message = this.messages[this.#taken++];
        if (message.text.startsWith(start)) return message;
      }
      return null;
    };
    const there = found();
    if (there) return Promise.resolve(there);
    const coming = new Promise((resolve) => {
      this.#waiting.push(() => {
        const message = found();
        if (message) resolve(message);
        return message !== null;
      });
    });
    return withDeadline(coming, () => `a message that begins with ${start}`);
  }

  /** Connects as a Socket.IO client; returns the data of `connected`. */
  async connect(token) {
    this.send(`40${JSON.stringify({ token })}`);
    return JSON.parse((await this.next('42["connected"')).text.slice(2))[1];
  }

  close() {
    this.socket.destroy();
  }
}
