import { Client } from '@collab-todo/client';
import { act, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { show } from '../testing/show';
import { StatusBadge } from './status_badge';

test('the badge says that nothing arrives here, and how many changes wait', async () => {
  const client = new Client({ url: 'http://127.0.0.1:9', token: 'none' });
  await show(<StatusBadge />, client);
  expect(screen.getByRole('status').textContent).toContain('Offline');

  act(() => void client.createList('Picnic'));
  expect(screen.getByRole('status').textContent).toContain('1 change waiting');
  act(() => void client.createList('Garden'));
  expect(screen.getByRole('status').textContent).toContain('2 changes waiting');
  await client.close();
});
