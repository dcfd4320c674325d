// Before the first paint, so that a dark page does not flash: the theme that was chosen, else the system's.
{
  let chosen = null;
  try {
    chosen = localStorage.getItem('theme');
  } catch {
    // No storage here: the system's theme.
  }
  const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', isDark);
}
