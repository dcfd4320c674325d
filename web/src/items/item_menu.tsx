import type { Item } from '@collab-todo/client';
import * as Ariakit from '@ariakit/react';
import { ArrowDown, ArrowUp, MoreHorizontal, PanelRight, Pencil, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useListContext } from './list_context';

const look =
  'grid size-9 shrink-0 place-items-center rounded-lg text-muted hover:text-ink opacity-0 group-hover:opacity-100 focus-visible:opacity-100 aria-expanded:opacity-100 pointer-coarse:hidden';

/** The menu of an item: everything that can be done with it, moving it without dragging too. It is made when it is wanted first. */
export function ItemMenu({ item, isMovable, tabIndex }: { item: Item; isMovable: boolean; tabIndex: number }) {
  const { t } = useTranslation();
  const { canEdit } = useListContext();
  const [isWanted, setIsWanted] = useState(false);
  if (!canEdit) return null;
  const label = t('items.menu_of', { name: item.name });
  if (isWanted) return <OpenableMenu item={item} isMovable={isMovable} tabIndex={tabIndex} label={label} />;
  return (
    <button
      type="button"
      data-control="menu"
      aria-label={label}
      aria-haspopup="menu"
      title={t('items.menu')}
      tabIndex={tabIndex}
      onClick={() => setIsWanted(true)}
      className={look}
    >
      <MoreHorizontal className="size-4.5" aria-hidden />
    </button>
  );
}

function OpenableMenu({ item, isMovable, tabIndex, label }: { item: Item; isMovable: boolean; tabIndex: number; label: string }) {
  const { t } = useTranslation();
  const { actions } = useListContext();
  return (
    <Ariakit.MenuProvider defaultOpen>
      <Ariakit.MenuButton data-control="menu" aria-label={label} title={t('items.menu')} tabIndex={tabIndex} className={look}>
        <MoreHorizontal className="size-4.5" aria-hidden />
      </Ariakit.MenuButton>
      <Ariakit.Menu
        gutter={4}
        portal
        preserveTabOrder={false}
        unmountOnHide
        aria-label={label}
        className="z-40 min-w-48 rounded-xl border border-line bg-surface p-1 text-sm text-ink shadow-lg outline-none"
      >
        <Entry icon={<Pencil />} label={t('items.rename')} run={() => actions.startName(item)} />
        <Entry icon={<PanelRight />} label={t('items.details')} run={() => actions.openDetails(item.id)} />
        <Entry icon={<ArrowUp />} label={t('items.move_up')} run={() => actions.moveBy(item, -1)} isDisabled={!isMovable} />
        <Entry icon={<ArrowDown />} label={t('items.move_down')} run={() => actions.moveBy(item, 1)} isDisabled={!isMovable} />
        <Entry icon={<Trash2 />} label={t('items.delete')} run={() => actions.remove(item)} isDangerous />
      </Ariakit.Menu>
    </Ariakit.MenuProvider>
  );
}

function Entry({ icon, label, run, isDisabled = false, isDangerous = false }: {
  icon: ReactNode; label: string; run: () => void; isDisabled?: boolean; isDangerous?: boolean;
}) {
  return (
    <Ariakit.MenuItem
      disabled={isDisabled}
      onClick={run}
      className={`flex cursor-default items-center gap-2 rounded-lg px-3 py-2 data-active-item:bg-raised aria-disabled:opacity-50 [&_svg]:size-4 ${isDangerous ? 'text-danger' : ''}`}
    >
      {icon}
      {label}
    </Ariakit.MenuItem>
  );
}
