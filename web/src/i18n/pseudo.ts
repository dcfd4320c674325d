/** The same tree with each text in brackets and its letters accented; placeholders stay. */
export function pseudo<T>(texts: T): T {
  if (typeof texts === 'string') return `⟦${texts.replace(/\{\{.*?\}\}|<[^>]*>|[a-z]/gi, accented)}⟧` as T;
  return Object.fromEntries(Object.entries(texts as object).map(([key, value]) => [key, pseudo(value)])) as T;
}

const letters: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', A: 'Á', E: 'É', I: 'Í', O: 'Ó', U: 'Ú', n: 'ñ', c: 'ç' };

function accented(text: string): string {
  return text.length > 1 ? text : (letters[text] ?? text);
}
