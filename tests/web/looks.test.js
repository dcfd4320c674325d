// How the app adapts: a phone, a dark system, people who want little motion, and lists of thousands.
import { patience } from '../e2e/support/deadline.js';
import { expect, suite } from './support/suite.js';
import { addItem, check, createList, expectItems, isLive, itemList, listLink, nameOf, openDetails, paste, quickAdd, register, title } from './support/app.js';

const { test } = suite();
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const isNoWiderThanTheScreen = (page) => expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);

/** On a phone the side bar is behind a button. */
async function registerOnPhone(world) {
  const ann = await register(world, 'Ann', phone);
  await expect(title(ann.page)).toHaveText('My TODOs');
  return ann;
}

test('on a phone the lists are behind a button, and everything fits the screen', async (world) => {
  const { page } = await registerOnPhone(world);
  await isNoWiderThanTheScreen(page);
  await page.getByRole('button', { name: 'Show lists' }).tap();
  const drawer = page.getByRole('dialog', { name: 'Side bar' });
  await drawer.getByRole('button', { name: 'New list' }).tap();
  await page.getByRole('textbox', { name: 'Name of the new list' }).fill('Picnic');
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Picnic');
  await expect(drawer).toBeHidden();

  await quickAdd(page).tap();
  await page.keyboard.type('Something with a name that is much longer than what fits into one line of a phone, and thenaverylongwordthatcannotbreakanywhere');
  await page.keyboard.press('Enter');
  await addItem(page, 'Milk');
  await isNoWiderThanTheScreen(page);
  const details = await openDetails(page, 'Milk');
  await isNoWiderThanTheScreen(page);
  await details.getByRole('button', { name: 'Close' }).tap();
  await check(page, 'Milk').tap();
  await expect(page.getByRole('button', { name: 'Completed (1)' })).toBeVisible();
  for (const path of ['/account', '/trash']) {
    await page.goto(path);
    await isNoWiderThanTheScreen(page);
  }
});

test('what a finger must hit is large enough', async (world) => {
  const { page } = await registerOnPhone(world);
  await addItem(page, 'Milk');
  await expectItems(page, ['Milk']);
  for (const control of await page.getByRole('main').getByRole('button').or(page.getByRole('checkbox')).all()) {
    if (!(await control.isVisible())) continue;
    const { width, height } = await control.boundingBox();
    expect(Math.min(width, height), await control.evaluate((element) => element.outerHTML)).toBeGreaterThanOrEqual(24);
  }
});

test('a dark system makes the app dark from the first paint on, and follows it', async (world) => {
  const { page } = await register(world, 'Ann', { colorScheme: 'dark' });
  const lightness = () => page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d');
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, 1, 1);
    return Math.max(...context.getImageData(0, 0, 1, 1).data.slice(0, 3));
  });
  await expect.poll(lightness).toBeLessThan(80);

  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(lightness).toBeGreaterThan(200);
});

test('with reduced motion nothing moves for longer than a moment', async (world) => {
  const { page } = await register(world, 'Ann', { reducedMotion: 'reduce' });
  await addItem(page, 'Milk');
  await openDetails(page, 'Milk');
  await addItem(page, 'Bread');
  await check(page, 'Bread').click();

  const longest = await page.evaluate(() => Math.max(0, ...[...document.querySelectorAll('*')].flatMap((element) => {
    const { transitionDuration, animationDuration, animationName } = getComputedStyle(element);
    const seconds = (text) => text.split(',').map((one) => Number.parseFloat(one) * (one.includes('ms') ? 0.001 : 1));
    return [...seconds(transitionDuration), ...(animationName === 'none' ? [] : seconds(animationDuration))];
  })));
  expect(longest).toBeLessThanOrEqual(0.01);
});

test('a list of three thousand items is shown, searched and edited like any other', async (world) => {
  const { page } = await register(world, 'Ann');
  await createList(page, 'Long');
  await quickAdd(page).click();
  for (let part = 0; part < 3; ++part) await paste(page, Array.from({ length: 1000 }, (_, at) => `Item ${part * 1000 + at}`).join('\n'));
  await expect(listLink(page, 'Long')).toContainText('3000 open items');
  await expect(nameOf(page, 'Item 2999')).toBeVisible();
  await isLive(page, 4 * patience);

  expect(await itemList(page).getByRole('listitem').count()).toBeLessThan(100);
  await page.getByRole('textbox', { name: 'Search' }).fill('Item 1234');
  await expectItems(page, ['Item 1234']);
  await check(page, 'Item 1234').click();
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await expect(listLink(page, 'Long')).toContainText('2999 open items');
  await page.reload();
  await expect(nameOf(page, 'Item 0')).toBeVisible();
  await expect(listLink(page, 'Long')).toContainText('2999 open items');
  await check(page, 'Item 0').focus();
  await page.keyboard.press('End');
  await expect(page.getByRole('button', { name: 'Completed (1)' })).toBeFocused();
});
