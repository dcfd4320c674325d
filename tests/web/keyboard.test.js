// Everything without a mouse.
import { expect, suite } from './support/suite.js';
import { check, expectItems, isLive, openTab, password, quickAdd, title } from './support/app.js';

const { test } = suite();

/** Presses Tab until this has the focus. */
async function tabTo(page, target, most = 25) {
  for (let at = 0; at < most; ++at) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) {
      const ring = await target.evaluate((element) => {
        const own = (one) => one && (getComputedStyle(one).outlineStyle !== 'none' || getComputedStyle(one).boxShadow !== 'none');
        return own(element) || own(element.parentElement) || getComputedStyle(element.parentElement).borderColor !== getComputedStyle(document.body).borderColor;
      });
      expect(ring, 'the focus is to be seen').toBe(true);
      return;
    }
  }
  throw new Error(`${target} is not reached with Tab`);
}

test('one registers, makes a list, and works on its items with the keyboard alone', async (world) => {
  const page = await openTab(await world.context(), '/register');
  await tabTo(page, page.getByRole('textbox', { name: 'Name', exact: true }));
  await page.keyboard.type('Ann');
  await tabTo(page, page.getByRole('textbox', { name: 'E-mail' }));
  await page.keyboard.type('ann@example.org');
  await tabTo(page, page.getByRole('textbox', { name: 'Password' }));
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await isLive(page);

  await tabTo(page, page.getByRole('button', { name: 'New list' }));
  await page.keyboard.press('Enter');
  await page.keyboard.type('Picnic');
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Picnic');
  await page.keyboard.press('n');
  await expect(quickAdd(page)).toBeFocused();
  for (const name of ['Milk', 'Bread', 'Eggs']) {
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
  }
  await expectItems(page, ['Milk', 'Bread', 'Eggs']);

  await page.keyboard.press('Shift+Tab');
  await check(page, 'Eggs').focus();
  await page.keyboard.press('ArrowUp');
  await expect(check(page, 'Bread')).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Butter');
  await page.keyboard.press('Enter');
  await expectItems(page, ['Milk', 'Butter', 'Eggs']);
  await expect(check(page, 'Butter')).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Completed (1)' })).toBeVisible();
  await check(page, 'Milk').focus();
  await page.keyboard.press('Delete');
  await expect(check(page, 'Eggs')).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect(check(page, 'Milk')).toBeVisible();
});

test('a dialog keeps the focus, closes on Escape, and gives the focus back', async (world) => {
  const page = await openTab(await world.context(), '/register');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ann');
  await page.getByRole('textbox', { name: 'E-mail' }).fill('ann2@example.org');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.keyboard.press('Enter');
  await isLive(page);
  const share = page.getByRole('main').getByRole('button', { name: 'Share' });
  await share.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();

  for (let at = 0; at < 20; ++at) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null)).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(share).toBeFocused();
});

test('the first Tab leads past the side bar', async (world) => {
  const page = await openTab(await world.context(), '/register');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ann');
  await page.getByRole('textbox', { name: 'E-mail' }).fill('ann3@example.org');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.keyboard.press('Enter');
  await isLive(page);
  await page.reload();
  await isLive(page);

  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(title(page)).toBeFocused();
});
