// How much a first visit loads, and when there is something to see.

/** Opens the path in a browser that has nothing yet. Bytes are those of the network: compressed, with headers. */
export async function loadOf(context, path) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const [names, files] = [new Map(), []];
  session.on('Network.responseReceived', ({ requestId, response }) => names.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (names.has(requestId)) files.push({ name: new URL(names.get(requestId)).pathname, size: encodedDataLength });
  });
  await page.goto(path, { waitUntil: 'networkidle' });
  const paint = await page.evaluate(() => new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntriesByName('first-contentful-paint')[0].startTime)).observe({ type: 'paint', buffered: true });
  }));
  const loaded = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
  await page.close();
  return { bytes: files.reduce((sum, { size }) => sum + size, 0), files, paint, loaded };
}
