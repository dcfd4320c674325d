import { useEffect, useState } from 'react';

/** This moment; another one with each new minute, also when one comes back to the page. */
export function useMinute(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const look = () => setNow((before) => (minuteOf(before) === minuteOf(new Date()) ? before : new Date()));
    const timer = setInterval(look, 5_000);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return now;
}

const minuteOf = (moment: Date) => Math.floor(moment.getTime() / 60_000);
