// Keys without Ctrl or Cmd can be in the way of who speaks to the computer, so they can be switched off.
import { create } from 'zustand';

const storageKey = 'letter_keys';

export const useLetterKeys = create<{ areOn: boolean; choose: (areOn: boolean) => void }>((set) => ({
  areOn: localStorage.getItem(storageKey) !== 'off',
  choose: (areOn) => {
    if (areOn) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, 'off');
    set({ areOn });
  },
}));

export const areLettersOn = () => useLetterKeys.getState().areOn;
