import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startI18n } from '../i18n';
import { toast, Toasts } from './toasts';

beforeEach(async () => {
  await startI18n();
  vi.useFakeTimers();
  render(<Toasts />);
});
afterEach(() => {
  act(() => vi.runAllTimers());
  vi.useRealTimers();
  cleanup();
});

const pass = (ms: number) => act(() => vi.advanceTimersByTime(ms));

test('a message goes after a while, but not under the hand of who reads it', () => {
  act(() => toast({ message: 'Saved' }));
  fireEvent.pointerEnter(screen.getByText('Saved').parentElement!);
  pass(60_000);
  fireEvent.pointerLeave(screen.getByText('Saved').parentElement!);
  pass(4_999);
  expect(screen.queryByText('Saved')).not.toBeNull();
  pass(1);
  expect(screen.queryByText('Saved')).toBeNull();
});

test('an error is an alert, is told once, and stays until it is closed', () => {
  act(() => toast({ message: 'Lost', isError: true }));
  act(() => toast({ message: 'Lost', isError: true }));
  pass(60_000);

  expect(screen.getAllByRole('alert')).toHaveLength(1);
  fireEvent.click(screen.getByRole('button', { name: 'Close' }));
  expect(screen.queryByRole('alert')).toBeNull();
});

test('what can be done about it is done once', () => {
  const run = vi.fn();
  act(() => toast({ message: 'Deleted', action: { label: 'Undo', run } }));

  fireEvent.click(screen.getByRole('button', { name: 'Undo' }));

  expect(run).toHaveBeenCalledOnce();
  expect(screen.queryByText('Deleted')).toBeNull();
});
