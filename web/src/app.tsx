import { ClientProvider } from '@collab-todo/react';
import { Redirect, Route, Switch } from 'wouter';
import { AccountPage } from './account/account_page';
import { Shell } from './lists/shell';
import { ListPage } from './items/list_page';
import { FirstList } from './lists/first_list';
import { JoinPage } from './lists/join_page';
import { TrashPage } from './lists/trash_page';
import { SignInPage } from './session/sign_in_page';
import { useSession } from './session/session';
import { Toasts } from './ui/toasts';

/** The whole app: signed out, its pages are the forms to sign in; signed in, they stand in the shell beside the lists. */
export function App() {
  return (
    <>
      <Pages />
      <Toasts />
    </>
  );
}

function Pages() {
  const client = useSession((session) => session.client);
  const isStarting = useSession((session) => session.isStarting);
  if (isStarting) return null;
  if (!client) return <SignInPage />;
  return (
    <ClientProvider value={client}>
      <Shell>
        <Switch>
          <Route path="/">
            <FirstList />
          </Route>
          <Route path="/list/:list_id">{({ list_id }) => <ListPage key={list_id} list_id={list_id} />}</Route>
          <Route path="/join/:code">{({ code }) => <JoinPage code={code} />}</Route>
          <Route path="/trash">
            <TrashPage />
          </Route>
          <Route path="/account">
            <AccountPage />
          </Route>
          <Route>
            <Redirect to="/" replace />
          </Route>
        </Switch>
      </Shell>
    </ClientProvider>
  );
}
