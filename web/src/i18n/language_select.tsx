import { useTranslation } from 'react-i18next';
import { Select } from '../ui/select';
import { chooseLanguage, languages, type Language } from './index';

const options = Object.entries(languages) as [Language, string][];

/** Chooses the language of the app, each in its own words. */
export function LanguageSelect({ className }: { className?: string }) {
  const { t, i18n } = useTranslation();
  return (
    <Select
      label={t('account.language')}
      options={options}
      value={i18n.language as Language}
      onChoose={(language) => void chooseLanguage(language)}
      {...(className && { className })}
    />
  );
}
