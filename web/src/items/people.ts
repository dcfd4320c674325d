import type { Member, Presence } from '@collab-todo/client';
import { useTranslation } from 'react-i18next';
import { useListContext } from './list_context';

/** What to call people: by the name they have, else as somebody. */
export function usePersonName(): (user_id: string) => string {
  const { t } = useTranslation();
  const { members } = useListContext();
  return (user_id) => members.find((member) => member.user_id === user_id)?.name ?? t('items.somebody');
}

/** Who else writes in which item. */
export function editorsOf(present: readonly Presence[], user_id: string): ReadonlyMap<string, readonly string[]> {
  const editors = new Map<string, string[]>();
  for (const person of present) {
    if (person.state !== 'editing' || !person.item_id || person.user_id === user_id) continue;
    const those = editors.get(person.item_id) ?? [];
    if (!those.includes(person.user_id)) editors.set(person.item_id, [...those, person.user_id]);
  }
  return editors;
}

/** The members, who is here now first; each with whether they are. */
export function presentFirst(members: readonly Member[], present: readonly Presence[]): { member: Member; isHere: boolean }[] {
  const here = new Set(present.map(({ user_id }) => user_id));
  const all = members.map((member) => ({ member, isHere: here.has(member.user_id) }));
  return all.sort((a, b) => Number(b.isHere) - Number(a.isHere));
}
