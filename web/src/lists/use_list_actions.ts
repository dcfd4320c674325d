import type { ListSummary } from '@collab-todo/client';
import { useClient } from '@collab-todo/react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { toast } from '../ui/toasts';
import { useDrawer } from './drawer';

/** What can be done with lists as a whole, with what is to be seen of it. */
export function useListActions() {
  const { t } = useTranslation();
  const client = useClient();
  const [path, navigate] = useLocation();
  const { close } = useDrawer();
  // The page of a list that is gone has nothing to show.
  const go = (list_id: string) => {
    close();
    if (path === `/list/${list_id}`) navigate('/');
  };
  return {
    create(name: string): void {
      navigate(`/list/${client.createList(name)}`);
      close();
    },
    rename(list_id: string, name: string): void {
      client.renameList(list_id, name);
    },
    remove({ list_id, name }: ListSummary): void {
      client.deleteList(list_id);
      const undo = () => {
        if (!client.list(list_id)) client.restoreList(list_id);  // else it was restored from the trash
      };
      toast({ message: t('lists.deleted', { name }), action: { label: t('undo'), run: undo } });
      go(list_id);
    },
    leave({ list_id, name }: ListSummary): void {
      client.leaveList(list_id);
      toast({ message: t('lists.left', { name }) });
      go(list_id);
    },
  };
}
