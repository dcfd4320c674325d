import { create } from 'zustand';

/** Whether the lists are shown over the page. Only a small screen has them behind a button. */
export const useDrawer = create<{ isOpen: boolean; open: () => void; close: () => void }>((set) => ({
  isOpen: false,
  open: () => set({ isOpen: true }),
  close: () => set({ isOpen: false }),
}));
