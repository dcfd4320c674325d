/** How many characters the server takes; a character is a code point. */
export const limits = { newName: 255, name: 500, description: 2_000, url: 2_048 } as const;

/** The length of a text as the server counts it. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) ++count;
  return count;
}

/** Whether the server takes it as the address of a medium. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
