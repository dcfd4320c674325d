import { RequestError, type AccountConfig } from '@collab-todo/client';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startI18n } from '../i18n';
import { RegisterPage } from './register_page';
import { account } from './session';

beforeAll(startI18n);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function open(registration: AccountConfig['registration'], password_min = 8) {
  vi.spyOn(account, 'config').mockResolvedValue({ registration, password_min, password_max: 128, name_max: 100 });
  render(<RegisterPage />);
  return userEvent.setup();
}

async function fill(user: ReturnType<typeof userEvent.setup>) {
  await user.type(screen.getByLabelText('Name'), 'Ann');
  await user.type(screen.getByLabelText('E-mail'), 'ann@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse{Enter}');
}

test('where nobody may register, there is a sentence and no form', async () => {
  open('closed');

  expect(await screen.findByText(/does not take new accounts/)).toBeTruthy();
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(screen.getByRole('link', { name: 'Sign in' })).toBeTruthy();
});

test('where an invitation is needed, the form says so', async () => {
  open('invite');

  expect(await screen.findByText(/Accounts here are by invitation/)).toBeTruthy();
  expect(screen.getByLabelText('E-mail')).toBeTruthy();
});

test('the rules of passwords are those of the server', async () => {
  const user = open('open', 20);
  await screen.findByText('At least 20 characters');
  const register = vi.spyOn(account, 'register');

  await fill(user);

  expect(screen.getByText('Use at least 20 characters.')).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByLabelText('Password'));
  expect(register).not.toHaveBeenCalled();
});

test('what the server says of a field stands there, and what was typed stays', async () => {
  const user = open('open');
  const errors = [{ loc: ['email'], msg: 'This e-mail address is already registered.', type: 'value_error' }];
  vi.spyOn(account, 'register').mockRejectedValue(new RequestError({ event: 'e', code: 'invalid_payload', message: '', errors }));

  await fill(user);

  const email = screen.getByLabelText('E-mail');
  await vi.waitFor(() => expect(document.activeElement).toBe(email));
  const told = document.getElementById(email.getAttribute('aria-describedby')!);
  expect(told?.textContent).toBe('There is an account with this address already. Sign in instead.');
  expect(screen.getByLabelText<HTMLInputElement>('Password').value).toBe('correct horse');
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a server that cannot be reached is told apart', async () => {
  const user = open('open');
  vi.spyOn(account, 'register').mockRejectedValue(new TypeError('Failed to fetch'));

  await fill(user);

  expect((await screen.findByRole('alert')).textContent).toBe('The server cannot be reached. Check your connection and try again.');
});
