import { Plus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { InlineName } from './inline_name';
import { useListActions } from './use_list_actions';

/** Makes a list where it will stand: a name, Enter. */
export function NewList() {
  const { t } = useTranslation();
  const { create } = useListActions();
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen && document.activeElement === document.body) button.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const done = (name: string | null) => {
    setIsOpen(false);
    if (name) create(name);
  };
  if (isOpen) return <InlineName label={t('lists.new_name')} onDone={done} />;
  return (
    <button
      ref={button}
      type="button"
      onClick={() => setIsOpen(true)}
      className="flex min-h-10 w-full items-center gap-2 rounded-lg px-2.5 text-sm font-medium text-accent hover:bg-raised"
    >
      <Plus aria-hidden className="size-4" />
      {t('lists.new')}
    </button>
  );
}
