// Which list was open last on this device, to begin with it the next time.
const storageKey = 'last_list';

export function lastList(): string | null {
  return localStorage.getItem(storageKey);
}

export function rememberLastList(list_id: string): void {
  localStorage.setItem(storageKey, list_id);
}
