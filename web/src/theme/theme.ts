// Light or dark, as chosen or as the system says. public/theme.js does the same before the first paint.
import { create } from 'zustand';

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme {
  const chosen = localStorage.getItem(storageKey);
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

function apply(theme: Theme): void {
  document.documentElement.classList.toggle('dark', theme === 'dark' || (theme === 'system' && systemIsDark.matches));
}

/** The theme and how to choose another, which is kept. */
export const useTheme = create<{ theme: Theme; choose: (theme: Theme) => void }>((set) => ({
  theme: stored(),
  choose: (theme) => {
    if (theme === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
    apply(theme);
    set({ theme });
  },
}));

systemIsDark.addEventListener('change', () => apply(useTheme.getState().theme));
