'use client';
import { useState } from 'react';
import { Account, connect } from '@collab-todo/client';
import { ClientProvider, useClient, useList, useLists } from '@collab-todo/react';

const url = process.env.NEXT_PUBLIC_COLLAB_URL ?? 'http://localhost:7788';

export default function Page() {
  const [client, setClient] = useState(null);
  return client ? <ClientProvider value={client}><Todos /></ClientProvider> : <SignIn onClient={setClient} />;
}

function SignIn({ onClient }) {
  const [error, setError] = useState('');
  const signIn = async (form) => {
    const account = new Account(url);
    await account.login(form.get('email'), form.get('password'));
    onClient(await connect({ url, token: account.tokenSource }));
  };
  return (
    <form action={(form) => signIn(form).catch(({ message }) => setError(message))}>
      <input name="email" aria-label="E-mail" /> <input name="password" type="password" aria-label="Password" /> <button>Sign in</button>
      <p role="alert">{error}</p>
    </form>
  );
}

function Todos() {
  const client = useClient();
  const list = useList(useLists()[0]?.list_id ?? '');
  if (!list) return <p>Loading…</p>;
  const check = ({ id, done }) => client.updateItem(list.list_id, id, { done: !done });
  const rows = list.items.map((item) => (
    <li key={item.id}><label><input type="checkbox" checked={item.done} onChange={() => check(item)} /> {item.name}</label></li>
  ));
  const add = (form) => void client.addItem(list.list_id, { name: form.get('name') });
  return <><h1>{list.name}</h1><ul>{rows}</ul><form action={add}><input name="name" aria-label="What to do" required /> <button>Add</button></form></>;
}
