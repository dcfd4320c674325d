import { useUndo } from '@collab-todo/react';
import { Keyboard, Redo2, Trash2, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Menu } from '../ui/menu';
import { useListContext } from './list_context';
import { usePageStore } from './page';

/** What can be done besides: take back, the trash of the list, and the keys. */
export function ListMenu() {
  const { t } = useTranslation();
  const page = usePageStore();
  const { canEdit, actions } = useListContext();
  const { canUndo, canRedo } = useUndo();
  const entries = [
    canUndo && { label: t('items.undo'), icon: <Undo2 />, run: actions.undo },
    canRedo && { label: t('items.redo'), icon: <Redo2 />, run: actions.redo },
    canEdit && { label: t('items.trash.title'), icon: <Trash2 />, run: () => page.setState({ dialog: 'trash' }) },
    { label: t('keys.title'), icon: <Keyboard />, run: () => page.setState({ dialog: 'keys' }) },
  ].filter((entry) => entry !== false);
  return <Menu label={t('items.more')} entries={entries} />;
}
