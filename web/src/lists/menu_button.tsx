import { Menu } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/button';
import { useDrawer } from './drawer';

/** Opens the lists on a small screen; not seen on a larger one, where they are always there. */
export function MenuButton() {
  const { t } = useTranslation();
  const { isOpen, open } = useDrawer();
  return <IconButton label={t('lists.open_menu')} icon={<Menu />} aria-haspopup="dialog" aria-expanded={isOpen} className="md:hidden" onClick={open} />;
}
