import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/dialog';
import { useLetterKeys } from './letter_keys';

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const command = isApple ? '⌘' : 'Ctrl';
const alt = isApple ? '⌥' : 'Alt';

/** Keys, and what they do: `keys.<name>`. Each inner list is one combination. */
const groups = {
  list: [
    [[['↑'], ['↓'], ['j'], ['k']], 'go'],
    [[['Home'], ['End']], 'ends'],
    [[['Space']], 'check'],
    [[['Enter'], ['F2']], 'edit'],
    [[['o']], 'details'],
    [[[alt, '↑'], [alt, '↓']], 'move'],
    [[['Delete']], 'delete'],
  ],
  page: [
    [[['n'], ['a']], 'add'],
    [[['/']], 'search'],
    [[[command, 'Z']], 'undo'],
    [[[command, 'Shift', 'Z']], 'redo'],
    [[['Esc']], 'close'],
    [[['?']], 'help'],
  ],
  add: [
    [[['Enter']], 'add_one'],
    [[['Shift', 'Enter']], 'add_line'],
  ],
} as const;

/** All keys that do something in a list. */
export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { areOn, choose } = useLetterKeys();
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <div className="space-y-4">
        {(['list', 'page', 'add'] as const).map((group) => (
          <section key={group}>
            <h3 className="mb-1 text-sm font-semibold text-muted">{t(`keys.groups.${group}`)}</h3>
            <dl className="text-sm">
              {groups[group].map(([combinations, name]) => (
                <div key={name} className="flex items-center justify-between gap-4 py-1">
                  <dt>{t(`keys.${name}`)}</dt>
                  <dd className="flex shrink-0 gap-2">
                    {combinations.map((combination) => (
                      <kbd key={combination.join()} className="flex gap-0.5 font-sans">
                        {combination.map((key) => (
                          <span key={key} className="min-w-6 rounded border border-b-2 border-line bg-ground px-1.5 text-center text-xs leading-5">
                            {key}
                          </span>
                        ))}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <label className="flex min-h-6 items-center gap-2 border-t border-line pt-3 text-sm">
          <input type="checkbox" className="size-5 shrink-0 accent-accent" checked={areOn} onChange={(event) => choose(event.target.checked)} />
          {t('keys.letters')}
        </label>
      </div>
    </Dialog>
  );
}
