import { useState } from 'react';

/** Does what may fail, one thing at a time: whether it is under way, and what went wrong the last time, else null. */
export function useAct() {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (act: () => void | Promise<void>): Promise<boolean> => {
    setIsBusy(true);
    setError(null);
    try {
      await act();
      return true;
    } catch (reason) {
      setError(reason);
      return false;
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, error, run };
}
