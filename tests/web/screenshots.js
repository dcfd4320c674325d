// Pictures of every screen: light and dark, desktop and phone, in both languages.
//   COLLAB_TODO_BINARY=…/collab-todo npm run screenshots [-- FOLDER]
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { standalone } from './support/suite.js';
import { prepareScreens, screens } from './support/screens.js';

const folder = resolve(process.argv[2] ?? 'screenshots');
const sizes = { desktop: {}, phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true } };

await standalone(async (world) => {
  mkdirSync(folder, { recursive: true });
  const prepared = await prepareScreens(world);
  const { signedOut, signedIn } = await screens(prepared);
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, options] of Object.entries(sizes)) {
      for (const locale of ['en-GB', 'zh-CN']) {
        for (const [all, isSignedIn] of [[signedOut, false], [signedIn, true]]) {
          const how = { colorScheme, locale, ...options };
          const context = isSignedIn ? await prepared.context(how) : await world.context(how);
          const page = await context.newPage();
          for (const [name, go] of Object.entries(all)) {
            await go(page);
            await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${size}-${locale.slice(0, 2)}.png`, animations: 'disabled' });
          }
          await context.close();
        }
      }
    }
  }
});
console.log(`pictures are in ${folder}`);
