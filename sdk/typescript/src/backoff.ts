// How long to wait before the next attempt.
export interface BackoffOptions {
  /** The first wait is at most this long, in milliseconds. */
  firstMs: number;
  /** No wait is longer, in milliseconds. */
  maxMs: number;
  /** From 0 up to 1; for tests. */
  random?: () => number;
}

/** Doubles the wait with each attempt, and takes a random part of it, so that clients that lost one server do not come back as one. */
export class Backoff {
  private attempts = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** The wait before the next attempt, in milliseconds: between half and all of what the number of attempts makes it. */
  next(): number {
    const { firstMs, maxMs, random = Math.random } = this.options;
    const bound = Math.min(maxMs, firstMs * 2 ** Math.min(this.attempts++, 30));
    return bound * (0.5 + random() / 2);
  }

  /** An attempt succeeded: the next wait is the first again. */
  reset(): void {
    this.attempts = 0;
  }
}
