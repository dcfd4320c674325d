// Every text of the app can be translated: in a language for tests, where each translated text is in ⟦brackets⟧, nothing else is to be read but
// what people have written themselves.
import assert from 'node:assert/strict';
import { suite } from './support/suite.js';
import { content, prepareScreens, screens } from './support/screens.js';

const { test } = suite();

/** Names that are the same in every language, what stands on keys, and a word that comes from the browser in the language of the page. */
const names = ['collab-todo', 'English', '中文', 'https', 'Home', 'End', 'Space', 'Enter', 'Alt', 'Delete', 'Ctrl', 'Shift', 'Esc', 'tomorrow'];

/** Every text of the page that is seen or read aloud, and where it is. */
function textsOf(page) {
  return page.evaluate(() => {
    const found = [];
    const isRead = (element) => !element.closest('script, style, noscript');
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.data.trim() && isRead(node.parentElement)) found.push([node.data.trim(), node.parentElement.outerHTML.slice(0, 120)]);
    }
    for (const name of ['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'alt']) {
      for (const element of document.querySelectorAll(`[${name}]`)) found.push([element.getAttribute(name).trim(), `${name} of ${element.outerHTML.slice(0, 120)}`]);
    }
    found.push([document.title, 'title of the page']);
    return found;
  });
}

/** Whether there is a word left, when what is translated and what people have written is taken away. */
function isForgotten(text, own) {
  let rest = text;
  for (let before = ''; before !== rest;) {
    before = rest;
    rest = rest.replace(/⟦[^⟦⟧]*⟧/g, '');
  }
  for (const one of own) rest = rest.replaceAll(one, '');
  return /\p{L}{2}/u.test(rest);
}

test('nothing on any screen is left untranslated', async (world) => {
  const prepared = await prepareScreens(world);
  const { signedOut, signedIn } = await screens(prepared);
  const initials = content.people.map(([initial]) => initial);
  const own = [...content.people, ...content.lists, ...content.items, 'Three bottles', 'of the cloudy one', prepared.ann.email, prepared.bob.email, ...names, ...initials]
    .sort((a, b) => b.length - a.length);
  const forgotten = [];
  let seen = 0;
  for (const [context, all] of [[await world.context(), signedOut], [await prepared.context(), signedIn]]) {
    await context.addInitScript(() => location.protocol === 'http:' && localStorage.setItem('language', 'en-XA'));
    const page = await context.newPage();
    for (const [name, go] of Object.entries(all)) {
      await go(page);
      for (const [text, where] of await textsOf(page)) {
        seen += Number(text.includes('⟦'));
        if (isForgotten(text, own)) forgotten.push(`${name}: ${text}  (${where})`);
      }
    }
  }
  assert.deepEqual([...new Set(forgotten)], []);
  assert.ok(seen > 100, `only ${seen} translated texts were seen`);
});
