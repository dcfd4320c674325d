import { expect, test } from 'vitest';
import { dayInWords, dayOf, daysAfter, dueOrder, formatDue, parseDue, timeOf, urgencyOf } from './due_date';

const now = new Date(2026, 2, 28, 15, 30);
const due = (text: string) => parseDue(text)!;

test('a date stays a date', () => {
  expect(parseDue('2026-03-28')).toEqual({ day: '2026-03-28', at: null });
  expect(formatDue('2026-03-28', '')).toBe('2026-03-28');
});

test('a moment is read and written as the same moment', () => {
  const text = formatDue('2026-03-28', '16:05');
  expect(text.endsWith('Z')).toBe(true);
  expect(due(text).day).toBe('2026-03-28');
  expect(timeOf(due(text).at!)).toBe('16:05');
  expect(parseDue('2026-03-28 16:05:00+00:00')?.at?.toISOString()).toBe('2026-03-28T16:05:00.000Z');
});

test('what cannot be read is none', () => {
  expect(parseDue(null)).toBeNull();
  expect(parseDue('2026-03-28T99')).toBeNull();
});

test('a day is overdue from the next one on, a moment at once', () => {
  expect(urgencyOf(due('2026-03-27'), now)).toBe('overdue');
  expect(urgencyOf(due('2026-03-28'), now)).toBe('today');
  expect(urgencyOf(due(formatDue('2026-03-28', '15:29')), now)).toBe('overdue');
  expect(urgencyOf(due(formatDue('2026-03-28', '15:31')), now)).toBe('today');
  expect(urgencyOf(due('2026-03-29'), now)).toBe('soon');
  expect(urgencyOf(due('2026-03-30'), now)).toBe('later');
});

test('days are counted, not hours: clocks that change make no difference', () => {
  expect(daysAfter('2026-03-28', 1)).toBe('2026-03-29');
  expect(daysAfter('2026-03-28', 7)).toBe('2026-04-04');
  expect(daysAfter('2026-12-31', 1)).toBe('2027-01-01');
});

test('near days have words in each language', () => {
  const inEnglish = (day: string) => dayInWords(day, now, 'en');
  expect(['2026-03-27', '2026-03-28', '2026-03-29', '2026-03-31'].map(inEnglish)).toEqual(['yesterday', 'today', 'tomorrow', 'Tuesday']);
  expect(inEnglish('2026-04-20')).toBe('Apr 20');
  expect(inEnglish('2027-04-20')).toBe('Apr 20, 2027');
  expect(dayInWords('2026-03-29', now, 'zh')).toBe('明天');
});

test('moments stand before their whole day, nothing comes last', () => {
  const inOrder = [formatDue('2026-03-28', '09:00'), formatDue('2026-03-28', '23:00'), '2026-03-28', '2026-03-29', null];
  expect([...inOrder].reverse().sort((a, b) => (dueOrder(a) < dueOrder(b) ? -1 : 1))).toEqual(inOrder);
  expect(dayOf(now)).toBe('2026-03-28');
});
