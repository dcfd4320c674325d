import { expect, test } from 'vitest';
import { linesOf } from './pasted_lines';

test('each line is an item, blank ones are none', () => {
  expect(linesOf(' Milk \r\n\r\nBread\n \nEggs').map(({ name }) => name)).toEqual(['Milk', 'Bread', 'Eggs']);
});

test.each(['- Milk', '* Milk', '• Milk', '1. Milk', '12) Milk', '(3) Milk', '– Milk', '- [ ] Milk', '[] Milk', '-[ ] Milk', '☐ Milk'])(
  'what only marks a line is left out: %s',
  (line) => expect(linesOf(line)).toEqual([{ name: 'Milk', done: false }]),
);

test.each(['- [x] Milk', '[X] Milk', '☑ Milk', '✓ Milk', '2. [x] Milk'])('a checked box makes it done: %s', (line) =>
  expect(linesOf(line)).toEqual([{ name: 'Milk', done: true }]),
);

test.each(['3.5 litres of milk', '-5 degrees', '2024 report', '*important', '1984'])('a line that only looks like a mark is kept: %s', (line) =>
  expect(linesOf(line)).toEqual([{ name: line, done: false }]),
);

test('a bullet alone is nothing', () => expect(linesOf('- \n-[ ]\n1. [x] ')).toEqual([]));
