import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';
import { ShareDialog } from '../sharing/share_dialog';

/** Opens the dialog that shares a list. */
export function ShareButton({ list_id }: { list_id: string }) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>
        <UserPlus className="size-4" aria-hidden />
        {t('lists.share')}
      </Button>
      {isOpen && <ShareDialog list_id={list_id} onClose={() => setIsOpen(false)} />}
    </>
  );
}
