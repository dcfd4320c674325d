// The events of the todo server on `socket.io`, over `ws` or over uWebSockets: rooms, broadcasts and acknowledgements, nothing stored,
// no validation, tokens read but not verified. Usage: node server.js ws|uws PORT
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { Server } from 'socket.io';

const [engine, port] = [process.argv[2], Number(process.argv[3])];
const options = { pingInterval: 15_000, pingTimeout: 60_000, serveClient: false, perMessageDeflate: false };
const listsOf = new Map(); // user -> ids of the lists that were shared with it
const revs = new Map(); // list -> its last rev

function nextRev(listId) {
  const previous = revs.get(listId) ?? 0;
  const rev = Math.max(Date.now(), previous + 1);
  revs.set(listId, rev);
  return [rev, previous];
}

function itemOf(socket, data, id, rev) {
  const now = new Date(rev).toISOString();
  return {
    id, list_id: data.list_id, name: data.name ?? data.updates?.name, description: null, status: 'not_started', done: false, due_date: null,
    media_url: null, position: 'a0', is_deleted: false, rev, created_at: now, updated_at: now, created_by: socket.data.user,
    updated_by: socket.data.user,
  };
}

function listsOfUser(user) {
  if (!listsOf.has(user)) listsOf.set(user, new Set());
  return listsOf.get(user);
}

function serve(io) {
  io.use((socket, next) => {
    const claims = JSON.parse(Buffer.from(socket.handshake.auth.token.split('.')[1], 'base64url'));
    socket.data.user = claims.sub;
    next();
  });
  io.on('connection', (socket) => {
    const { user } = socket.data;
    const change = (event, id) => (data, ack) => {
      const [rev, prev_rev] = nextRev(data.list_id);
      io.to(data.list_id).emit(event, { list_id: data.list_id, item: itemOf(socket, data, id(data), rev), rev, prev_rev, user_id: user });
      ack?.({ ok: true, rev });
    };
    socket.emit('connected', { user_id: user });
    socket.on('join', (data, ack) => {
      const lists = [...listsOfUser(user)];
      socket.join(lists);
      socket.emit('user_lists', { lists: lists.map((list_id) => ({ list_id })) });
      ack?.({ ok: true });
    });
    socket.on('create_list', (data, ack) => {
      const list_id = randomUUID();
      const [rev] = nextRev(list_id);
      socket.join(list_id);
      listsOfUser(user).add(list_id);
      socket.emit('list_created', { list: { id: list_id, name: data.name }, list_id, list_name: data.name, items: {}, rev });
      ack?.({ ok: true, list_id, rev });
    });
    socket.on('create_share_link', (data, ack) => ack?.({ ok: true, code: data.list_id }));
    socket.on('accept_share_link', (data, ack) => {
      listsOfUser(user).add(data.code);
      socket.join(data.code);
      ack?.({ ok: true });
    });
    socket.on('add_item', change('item_added', () => randomUUID()));
    socket.on('update_item', change('item_updated', (data) => data.item_id));
  });
}

if (engine === 'uws') {
  const { default: uws } = await import('uwebsockets').catch(() => ({ default: createRequire(import.meta.url)('uwebsockets') }));
  const app = uws.App();
  const io = new Server(options);
  io.attachApp(app);
  serve(io);
  app.listen('127.0.0.1', port, (token) => {
    if (!token) throw new Error(`cannot listen on ${port}`);
    console.log('listening');
  });
} else {
  const http = createServer();
  serve(new Server(http, options));
  http.listen({ port, host: '127.0.0.1', backlog: 4096 }, () => console.log('listening'));
}
