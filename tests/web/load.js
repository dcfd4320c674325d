// What a first visit costs: bytes over the network, and when there is something to see, on this machine as it is.
//   COLLAB_TODO_BINARY=…/collab-todo npm run load
import { standalone } from './support/suite.js';
import { loadOf } from './support/load.js';

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

await standalone(async (world) => {
  const visits = [];
  for (let at = 0; at < 5; ++at) {
    const context = await world.context();
    visits.push(await loadOf(context, '/'));
    await context.close();
  }
  for (const { name, size } of visits[0].files) console.log(`${String(size).padStart(8)} B  ${name}`);
  console.log(`${String(visits[0].bytes).padStart(8)} B  in all, compressed, with headers`);
  console.log(`${median(visits.map(({ paint }) => paint)).toFixed(0).padStart(8)} ms until the first contentful paint (median of ${visits.length})`);
  console.log(`${median(visits.map(({ loaded }) => loaded)).toFixed(0).padStart(8)} ms until it is loaded`);
});
