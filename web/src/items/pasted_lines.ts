// What a text of several lines means as items.

export interface NewLine {
  name: string;
  done: boolean;
}

const bullet = /^(?:[-*+•‣◦–—·]|\(?\d{1,4}[.)、])(?:\s+|$|(?=\[))/u;
const box = /^(?:\[([ xX✓✔]?)\]|([☐☑☒✓✔]))\s*/u;

/** One item for each line that says something: without bullets, numbers and boxes. A box that is checked makes it done. */
export function linesOf(text: string): NewLine[] {
  return text.split(/\r\n|\r|\n|\u2028/).flatMap((line) => lineOf(line) ?? []);
}

function lineOf(line: string): NewLine | null {
  const content = line.trim().replace(bullet, '');
  const [mark = '', inBrackets = '', sign = ''] = box.exec(content) ?? [];
  const name = content.slice(mark.length).trim();
  return name ? { name, done: /[xX✓✔☑☒]/u.test(inBrackets + sign) } : null;
}
