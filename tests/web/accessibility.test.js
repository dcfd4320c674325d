// The rules of axe-core on every screen: in both themes, both languages, on a desktop and on a phone.
import { suite } from './support/suite.js';
import { assertAccessible } from './support/axe.js';
import { prepareScreens, screens } from './support/screens.js';

const { test } = suite();
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

for (const [words, options] of [
  ['light, English, desktop', {}],
  ['dark, Chinese, desktop', { colorScheme: 'dark', locale: 'zh-CN' }],
  ['light, Chinese, phone', { ...phone, locale: 'zh-CN' }],
  ['dark, English, phone', { ...phone, colorScheme: 'dark' }],
]) {
  test(`every screen is accessible: ${words}`, async (world) => {
    const prepared = await prepareScreens(world, options);
    const { signedOut, signedIn } = await screens(prepared);
    const faults = [];
    for (const [context, all] of [[await world.context(options), signedOut], [await prepared.context(), signedIn]]) {
      const page = await context.newPage();
      for (const [name, go] of Object.entries(all)) {
        await go(page);
        await assertAccessible(page, `${name} (${words})`).catch((error) => faults.push(error.message));
      }
    }
    if (faults.length > 0) throw new Error(faults.join('\n\n'));
  });
}
