// The languages of the app. English is in the first load; others come when they are chosen.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';
import { pseudo } from './pseudo';

/** What can be chosen, in its own words. */
export const languages = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof languages;

const loaders: Record<Exclude<Language, 'en'>, () => Promise<{ default: typeof en }>> = { zh: () => import('./zh.json') };
const storageKey = 'language';
/** A language for tests: every text of the app is in brackets, so that one which is not was forgotten. */
const pseudoLanguage = 'en-XA';

function isLanguage(name: string): name is Language {
  return name in languages;
}

function preferred(): string {
  const chosen = localStorage.getItem(storageKey);
  if (chosen) return chosen;
  return navigator.languages.map((name) => name.slice(0, 2)).find(isLanguage) ?? 'en';
}

/** Shows the app in this language from now on, at the next start too. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(storageKey, language);
  await show(language);
}

async function show(language: string): Promise<void> {
  if (language === pseudoLanguage) i18next.addResourceBundle(language, 'translation', pseudo(en));
  else if (isLanguage(language) && language !== 'en' && !i18next.hasResourceBundle(language, 'translation'))
    i18next.addResourceBundle(language, 'translation', (await loaders[language]()).default);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** To be awaited before anything is rendered. If the language cannot be fetched now, it is English. */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: 'en',
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
  });
  await show(preferred()).catch(() => undefined);
}
