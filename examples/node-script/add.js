// Adds items to the list of a name (made if there is none), and prints what is in it.
//
//   ./run                                                                 (in one terminal)
//   (cd sdk/typescript && npm ci && npm run build) && cd examples/node-script && npm ci
//   EMAIL=ann@example.org PASSWORD='correct horse battery' node add.js Groceries Milk Bread
//
// COLLAB_URL says where the server is; the default is http://localhost:7788.
import { Account, connect } from '@collab-todo/client';

const { COLLAB_URL: url = 'http://localhost:7788', EMAIL: email, PASSWORD: password } = process.env;
const [listName, ...names] = process.argv.slice(2);
if (!email || !password || !listName) {
  console.error('usage: EMAIL=… PASSWORD=… node add.js LIST [ITEM …]');
  process.exit(2);
}

const account = new Account(url);
await account.login(email, password);
const client = await connect({ url, token: account.tokenSource });
client.on('refused', ({ error }) => console.error(error.message));
await client.settled();

const list_id = client.lists().find(({ name }) => name === listName)?.list_id ?? client.createList(listName);
for (const name of names) client.addItem(list_id, { name });
await client.settled();

for (const { name, done } of client.list(list_id).items) console.log(done ? '[x]' : '[ ]', name);
await client.close();
