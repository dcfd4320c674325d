import { ClientProvider } from '@collab-todo/react';
import type { Client } from '@collab-todo/client';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { startI18n } from '../i18n';

/** Renders, for tests, what needs a client and texts. Resolves with what `render` gives. */
export async function show(page: ReactNode, client: Client) {
  await startI18n();
  return render(<ClientProvider value={client}>{page}</ClientProvider>);
}
