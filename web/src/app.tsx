import { ClientProvider } from '@collab-todo/react';
import type { Client } from '@collab-todo/client';
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import { AccountPage } from './account/account_page';
import { FirstList } from './lists/first_list';
import { JoinPage } from './lists/join_page';
import { ListRoute } from './lists/list_route';
import { Shell } from './lists/shell';
import { TrashPage } from './lists/trash_page';
import { useNext, withNext } from './session/next';
import { RegisterPage } from './session/register_page';
import { useSession } from './session/session';
import { SignInPage } from './session/sign_in_page';
import { Notices } from './status/notices';
import { Toasts } from './ui/toasts';

/** The whole app: signed out, its pages are the forms to sign in; signed in, they stand in the shell beside the lists. */
export function App() {
  const client = useSession((session) => session.client);
  const isStarting = useSession((session) => session.isStarting);
  return (
    <>
      {!isStarting && (client ? <SignedIn client={client} /> : <SignedOut />)}
      <Toasts />
    </>
  );
}

function SignedIn({ client }: { client: Client }) {
  const next = useNext();
  return (
    <ClientProvider value={client}>
      <Notices />
      <Shell>
        <Switch>
          <Route path="/">
            <FirstList />
          </Route>
          <Route path="/list/:list_id">{({ list_id }) => <ListRoute list_id={list_id} />}</Route>
          <Route path="/join/:code">{({ code }) => <JoinPage code={code} />}</Route>
          <Route path="/trash">
            <TrashPage />
          </Route>
          <Route path="/account">
            <AccountPage />
          </Route>
          <Route path="/sign-in">
            <Redirect to={next} replace />
          </Route>
          <Route path="/register">
            <Redirect to={next} replace />
          </Route>
          <Route>
            <Redirect to="/" replace />
          </Route>
        </Switch>
      </Shell>
    </ClientProvider>
  );
}

function SignedOut() {
  const [path] = useLocation();
  const search = useSearch();
  const asked = search ? `${path}?${search}` : path;
  // Who has signed out begins anew; everybody else asked for this address, and gets it afterwards.
  const hasLeft = useSession(({ last }) => last !== null && !last.hasExpired);
  return (
    <Switch>
      <Route path="/sign-in">
        <SignInPage />
      </Route>
      <Route path="/register">
        <RegisterPage />
      </Route>
      <Route>
        <Redirect to={hasLeft ? '/sign-in' : withNext('/sign-in', asked)} replace />
      </Route>
    </Switch>
  );
}
