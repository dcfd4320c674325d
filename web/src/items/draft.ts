// What somebody writes while others may change the same thing.

/** `mine`: only I have changed it. `theirs`: only others have. `clash`: both, to different things. */
export type DraftState = 'same' | 'mine' | 'theirs' | 'clash';

/** Compares what was there when the writing began, what is there now, and what has been written. */
export function draftState(base: string, theirs: string, mine: string): DraftState {
  if (mine === theirs) return 'same';
  if (mine === base) return 'theirs';
  return theirs === base ? 'mine' : 'clash';
}
