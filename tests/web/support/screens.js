// Every screen of the app, with people and lists as they are in life: for what must hold on all of them, and for pictures.
import { addItem, check, createList, itemMenu, listLink, openDetails, openTab, password, register, share, sidebar } from './app.js';
import { expect } from './suite.js';

/** What people here have written themselves, which is in no language of the app. */
export const content = {
  people: ['Ann', 'Bob'],
  lists: ['My TODOs', 'Picnic', 'Garden', 'Old list'],
  items: ['Bread and cheese', 'Lemonade', 'Ask Bob for the blanket', 'Strawberries', 'Cake', 'Sun hats'],
};

/** Ann, with a browser of these options, and what the screens show. Everything is written in English, before another language is chosen. */
export async function prepareScreens(world, options = {}) {
  const ann = await register(world, 'Ann');
  const bob = await register(world, 'Bob');
  await createList(ann.page, 'Old list');
  await createList(ann.page, 'Garden');
  await createList(ann.page, 'Picnic');
  await share(ann.page, bob, 'Picnic');
  for (const name of content.items) await addItem(ann.page, name);
  await check(ann.page, 'Sun hats').click();
  await itemMenu(ann.page, 'Cake', 'Delete');
  const details = await openDetails(ann.page, 'Lemonade');
  await details.getByRole('button', { name: 'Tomorrow' }).click();
  await details.getByRole('textbox', { name: 'Description' }).fill('Three bottles\nof the cloudy one');
  await details.getByRole('button', { name: 'Close' }).click();
  await listLink(ann.page, 'Old list').hover();
  await sidebar(ann.page).getByRole('button', { name: 'More for “Old list”' }).click();
  await ann.page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(listLink(ann.page, 'Old list')).toBeHidden();
  const paths = {
    picnic: new URL(ann.page.url()).pathname,
    garden: await listLink(ann.page, 'Garden').getAttribute('href'),
  };
  await ann.page.close();
  return { ann, bob, paths, context: (how = options) => signedInContext(world, ann, how) };
}

// The form is found without its words, which are in any language.
async function signedInContext(world, { email }, options) {
  const context = await world.context(options);
  const page = await openTab(context, '/sign-in');
  await page.getByRole('textbox').nth(0).fill(email);
  await page.getByRole('textbox').nth(1).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/list\//);
  await page.close();
  return context;
}

/** A link of this list, as its owner made it. */
async function joinPath({ ann, paths }) {
  const page = await ann.context.newPage();
  await page.goto(paths.picnic);
  await page.getByRole('main').getByRole('button', { name: 'Share' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Create a link' }).click();
  const field = page.getByRole('dialog').getByRole('textbox', { name: 'New link' });
  await expect(field).toHaveValue(/join/);
  const address = await field.inputValue();
  await page.close();
  return new URL(address).pathname;
}

/** The screens by name: each brings a page there. Controls are found by their place among others, as their names are in any language. */
export async function screens(prepared) {
  const { paths } = prepared;
  const join = await joinPath(prepared);
  const at = (path) => async (page) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  };
  const picnic = async (page) => {
    await at(paths.picnic)(page);
    await expect(page.getByText('Lemonade', { exact: true })).toBeVisible();
  };
  return {
    signedOut: { 'sign-in': at('/sign-in'), register: at('/register') },
    signedIn: {
      list: picnic,
      'empty-list': at(paths.garden),
      details: async (page) => {
        await picnic(page);
        await page.getByRole('listitem').filter({ hasText: 'Lemonade' }).getByRole('button').last().click();
        await expect(page.getByRole('textbox').filter({ hasText: 'Three bottles' })).toBeVisible();
      },
      sharing: async (page) => {
        await picnic(page);
        await page.getByRole('main').getByRole('button').filter({ hasText: /./ }).nth(1).click();
        await expect(page.getByRole('dialog')).toBeVisible();
      },
      keys: async (page) => {
        await picnic(page);
        await page.keyboard.press('?');
        await expect(page.getByRole('dialog')).toBeVisible();
      },
      join: at(join),
      trash: async (page) => {
        await at('/trash')(page);
        await expect(page.getByText('Old list')).toBeVisible();
      },
      account: at('/account'),
      missing: async (page) => {
        await page.goto('/list/00000000-0000-4000-8000-000000000000');
        await expect(page.getByRole('main').getByRole('link')).toBeVisible();
      },
    },
  };
}
