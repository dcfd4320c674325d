// Which theme was chosen. public/theme.js, which is there before the first paint, makes the page look so.
import { create } from 'zustand';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'theme';

function stored(): Theme {
  const chosen = localStorage.getItem(storageKey);
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

/** The theme and how to choose another, which is kept. */
export const useTheme = create<{ theme: Theme; choose: (theme: Theme) => void }>((set) => ({
  theme: stored(),
  choose: (theme) => {
    if (theme === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
    window.dispatchEvent(new Event('theme'));
    set({ theme });
  },
}));

window.addEventListener('storage', () => useTheme.setState({ theme: stored() }));
