import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { themes, useTheme } from '../theme/theme';

const icons = { system: <Monitor />, light: <Sun />, dark: <Moon /> } as const;

/** Light, dark, or as the system says. */
export function ThemeChoice() {
  const { t } = useTranslation();
  const { theme, choose } = useTheme();
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{t('account.theme')}</legend>
      <div className="grid max-w-md grid-cols-3 gap-1 rounded-xl bg-raised p-1">
        {themes.map((one) => (
          <label
            key={one}
            className="flex min-h-9 cursor-pointer items-center justify-center gap-2 rounded-lg px-2 text-sm text-muted has-checked:bg-surface has-checked:font-medium has-checked:text-ink has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent [&_svg]:size-4"
          >
            <input type="radio" name="theme" value={one} checked={theme === one} onChange={() => choose(one)} className="sr-only" />
            <span aria-hidden>{icons[one]}</span>
            {t(`account.themes.${one}`)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
