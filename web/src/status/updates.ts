// A newer app, which the service worker has fetched: taken when the user says so, or at the next start. Nothing typed is lost to it.
import i18next from 'i18next';
import { registerSW } from 'virtual:pwa-register';
import { toast } from '../ui/toasts';

/** A page can stay open for days. */
const askAgainMs = 3_600_000;

/** Registers the service worker, by which the app works without a network, and looks for newer ones. */
export function followUpdates(): void {
  let [isOffered, isAskedFor, isTakenElsewhere] = [false, false, false];
  const run = () => {
    isAskedFor = true;
    if (isTakenElsewhere) location.reload();
    else void take();
  };
  const offer = () => {
    if (!isOffered) toast({ message: i18next.t('status.update_ready'), action: { label: i18next.t('status.reload'), run }, isLasting: true });
    isOffered = true;
  };
  const take = registerSW({
    onNeedRefresh: offer,
    onNeedReload: () => {
      if (isAskedFor) return location.reload();
      isTakenElsewhere = true;  // by another tab, and here something may be half typed
      offer();
    },
    onRegisteredSW: (_, registration) => {
      if (registration) setInterval(() => void registration.update().catch(() => undefined), askAgainMs);
    },
  });
}
