// Due dates as people say them. A date without a time is a day wherever one is; a date with a time is a moment.

export interface Due {
  /** The day here, as `2026-11-23`. */
  day: string;
  /** The moment, unless the whole day is meant. */
  at: Date | null;
}

export type Urgency = 'overdue' | 'today' | 'soon' | 'later';

const dayMs = 86_400_000;

/** The day of a moment, here. */
export function dayOf(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${String(moment.getFullYear()).padStart(4, '0')}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** `HH:MM` of a moment, here. */
export function timeOf(moment: Date): string {
  return `${String(moment.getHours()).padStart(2, '0')}:${String(moment.getMinutes()).padStart(2, '0')}`;
}

/** Reads what the server keeps; null where there is none, or none that can be understood. */
export function parseDue(text: string | null): Due | null {
  if (text === null) return null;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return { day: text, at: null };
  const at = new Date(text.replace(' ', 'T'));
  return Number.isNaN(at.getTime()) ? null : { day: dayOf(at), at };
}

/** What the server is to keep: the day alone, or the moment of that time here. */
export function formatDue(day: string, time: string): string {
  return time ? new Date(`${day}T${time}`).toISOString() : day;
}

/** The day so many days after another one. */
export function daysAfter(day: string, count: number): string {
  return new Date(noon(day) + count * dayMs).toISOString().slice(0, 10);
}

/** How near it is. A day is over when it has passed, a moment at once. */
export function urgencyOf(due: Due, now: Date): Urgency {
  const days = daysBetween(dayOf(now), due.day);
  if (due.at ? due.at < now : days < 0) return 'overdue';
  return days === 0 ? 'today' : days === 1 ? 'soon' : 'later';
}

/** For sorting: earlier first; within a day the moments first. */
export function dueOrder(text: string | null): string {
  const due = parseDue(text);
  return due ? `${due.day} ${due.at ? timeOf(due.at) : '~'}` : '~';
}

/** The day in words: yesterday, today, tomorrow, the weekday within a week, else the date; with the year if it is another one. */
export function dayInWords(day: string, now: Date, language: string): string {
  const days = daysBetween(dayOf(now), day);
  const { near, weekday, date, dateOfYear } = formatsOf(language);
  if (Math.abs(days) <= 1) return near.format(days, 'day');
  if (days > 1 && days < 7) return weekday.format(noon(day));
  const isThisYear = day.slice(0, 4) === dayOf(now).slice(0, 4);
  return (isThisYear ? date : dateOfYear).format(noon(day));
}

/** The time of a moment as the language writes it. */
export function timeInWords(at: Date, language: string): string {
  return formatsOf(language).time.format(at);
}

// Formats are dear to make, and every row needs some.
const formats = new Map<string, ReturnType<typeof makeFormats>>();

function formatsOf(language: string) {
  let those = formats.get(language);
  if (!those) formats.set(language, (those = makeFormats(language)));
  return those;
}

function makeFormats(language: string) {
  const ofDays = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options });
  return {
    near: new Intl.RelativeTimeFormat(language, { numeric: 'auto' }),
    weekday: ofDays({ weekday: 'long' }),
    date: ofDays({ day: 'numeric', month: 'short' }),
    dateOfYear: ofDays({ day: 'numeric', month: 'short', year: 'numeric' }),
    time: new Intl.DateTimeFormat(language, { timeStyle: 'short' }),
  };
}

function daysBetween(from: string, to: string): number {
  return Math.round((noon(to) - noon(from)) / dayMs);
}

// Days are counted at noon in UTC, where none is shorter than another.
function noon(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}
