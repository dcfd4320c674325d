// The address that was asked for before signing in stands in the address of the forms, so that it survives a reload and the way between them.
import { useSearch } from 'wouter';

/** A page of the app, with the way back to another of its pages. */
export function withNext(path: string, next: string): string {
  return next === '/' ? path : `${path}?next=${encodeURIComponent(next)}`;
}

/** Where to go after signing in: an address of this app, nothing else. */
export function useNext(): string {
  return nextOf(useSearch());
}

/** The same, of the part of an address behind the question mark. */
export function nextOf(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}
