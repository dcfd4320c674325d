// A newer app, which the service worker has fetched: taken when the user says so, or at the next start. Nothing typed is lost to it.
import i18next from 'i18next';
import { registerSW } from 'virtual:pwa-register';
import { toast } from '../ui/toasts';

/** A page can stay open for days. */
const askAgainMs = 3_600_000;

function offer(run: () => void): void {
  toast({ message: i18next.t('status.update_ready'), action: { label: i18next.t('status.reload'), run }, isLasting: true });
}

/** Registers the service worker, by which the app works without a network, and looks for newer ones. */
export function followUpdates(): void {
  let isAskedFor = false;
  const take = registerSW({
    onNeedRefresh: () =>
      offer(() => {
        isAskedFor = true;
        void take();
      }),
    // Another tab may have taken it.
    onNeedReload: () => (isAskedFor ? location.reload() : offer(() => location.reload())),
    onRegisteredSW: (_, registration) => {
      if (registration) setInterval(() => void registration.update().catch(() => undefined), askAgainMs);
    },
  });
}
