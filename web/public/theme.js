// Light or dark: the theme that was chosen, else the system's. It runs before the first paint, so that a dark page does not flash, and again
// whenever a theme is chosen (src/theme/theme.ts), here or in another tab.
{
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem('theme');
    } catch {
      // No storage here: the system's theme.
    }
    const isDark = chosen === 'dark' || (chosen !== 'light' && system.matches);
    document.documentElement.classList.toggle('dark', isDark);
    for (const meta of document.querySelectorAll('meta[name="theme-color"]'))
      meta.media = (meta.dataset.theme === 'dark') === isDark ? 'all' : 'not all';
  };
  apply();
  system.addEventListener('change', apply);
  addEventListener('storage', apply);
  addEventListener('theme', apply);
}
