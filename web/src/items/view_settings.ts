// How each list is looked at on this device: filter, order, and whether the completed items are folded.
import { useMemo } from 'react';
import { create } from 'zustand';
import { filters, sorts, type Filter, type Sort } from './arrange';

export interface ViewSettings {
  filter: Filter;
  sort: Sort;
  isUnfolded: boolean;
}

export const defaultView: ViewSettings = { filter: 'all', sort: 'own', isUnfolded: false };
const storageKey = (list_id: string) => `view ${list_id}`;

function stored(list_id: string): ViewSettings {
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey(list_id)) ?? '{}') as Partial<ViewSettings>;
    return {
      filter: filters.find((filter) => filter === kept.filter) ?? defaultView.filter,
      sort: sorts.find((sort) => sort === kept.sort) ?? defaultView.sort,
      isUnfolded: kept.isUnfolded === true,
    };
  } catch {
    return defaultView;
  }
}

const useViews = create<Record<string, ViewSettings>>(() => ({}));

/** The settings of a list, and how to change some of them. */
export function useViewSettings(list_id: string): [ViewSettings, (changes: Partial<ViewSettings>) => void] {
  const kept = useMemo(() => stored(list_id), [list_id]);
  const settings = useViews((views) => views[list_id]) ?? kept;
  return [settings, (changes) => changeView(list_id, changes)];
}

function changeView(list_id: string, changes: Partial<ViewSettings>): void {
  useViews.setState((views) => {
    const next = { ...(views[list_id] ?? stored(list_id)), ...changes };
    localStorage.setItem(storageKey(list_id), JSON.stringify(next));
    return { [list_id]: next };
  });
}
