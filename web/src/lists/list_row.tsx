import type { ListSummary } from '@collab-todo/client';
import { useList } from '@collab-todo/react';
import { Eye, LogOut, Pencil, Trash2, UserPlus, Users } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useRoute } from 'wouter';
import { ConfirmDialog } from '../ui/confirm_dialog';
import { Menu, type MenuEntry } from '../ui/menu';
import { InlineName } from './inline_name';
import { OthersHere } from './others_here';
import { mayDelete, mayLeave, mayRename } from './rights';
import { ShareDialog } from '../sharing/share_dialog';
import { useListActions } from './use_list_actions';

/** One list in the side bar: the way to it, what is to be known of it, and what can be done with it. */
export function ListRow({ list }: { list: ListSummary }) {
  const { t } = useTranslation();
  const { list_id, name, role } = list;
  const actions = useListActions();
  const [open, setOpen] = useState<'rename' | 'share' | 'leave' | null>(null);
  const link = useRef<HTMLAnchorElement>(null);
  const wasRenaming = useRef(false);
  const close = () => setOpen(null);

  useEffect(() => {
    if (wasRenaming.current && open === null) link.current?.focus();
    wasRenaming.current = open === 'rename';
  }, [open]);

  const entries: MenuEntry[] = [
    { label: t('lists.share'), icon: <UserPlus />, run: () => setOpen('share') },
    ...(mayRename(role) ? [{ label: t('lists.rename'), icon: <Pencil />, keys: 'F2', run: () => setOpen('rename') }] : []),
    ...(mayLeave(role) ? [{ label: t('lists.leave'), icon: <LogOut />, isDangerous: true, run: () => setOpen('leave') }] : []),
    ...(mayDelete(role) ? [{ label: t('lists.delete'), icon: <Trash2 />, isDangerous: true, run: () => actions.remove(list) }] : []),
  ];

  if (open === 'rename') {
    const done = (typed: string | null) => {
      if (typed) actions.rename(list_id, typed);
      close();
    };
    return (
      <li>
        <InlineName label={t('lists.name')} initial={name} onDone={done} />
      </li>
    );
  }
  return (
    <li className="group relative">
      <RowLink
        list={list}
        anchor={link}
        {...(mayRename(role) && { onRename: () => setOpen('rename') })}
      />
      <div className="absolute inset-y-0 right-0.5 flex items-center pointer-fine:opacity-0 pointer-fine:group-focus-within:opacity-100 pointer-fine:group-hover:opacity-100">
        <Menu label={t('lists.menu', { name })} entries={entries} />
      </div>
      {open === 'share' && <ShareDialog list_id={list_id} onClose={close} />}
      {open === 'leave' && (
        <ConfirmDialog title={t('lists.leave_title', { name })} action={t('lists.leave')} isDangerous act={() => actions.leave(list)} onClose={close}>
          <p>{t('lists.leave_told')}</p>
        </ConfirmDialog>
      )}
    </li>
  );
}

interface RowLinkProps {
  list: ListSummary;
  anchor: React.Ref<HTMLAnchorElement>;
  onRename?: () => void;
}

function RowLink({ list: { list_id, name, role, item_count, done_count }, anchor, onRename }: RowLinkProps) {
  const { t } = useTranslation();
  const [isOpen] = useRoute(`/list/${list_id}`);
  const others = (useList(list_id)?.members.length ?? 1) - 1;
  const openCount = item_count - done_count;
  return (
    <Link
      ref={anchor}
      href={`/list/${list_id}`}
      aria-current={isOpen ? 'page' : undefined}
      aria-keyshortcuts={onRename && 'F2'}
      className="flex min-h-10 items-center gap-2 rounded-lg py-1.5 pr-11 pl-2.5 text-sm hover:bg-raised aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium"
      onKeyDown={(event) => {
        if (event.key === 'F2') onRename?.();
      }}
      onDoubleClick={onRename}
    >
      <span className="min-w-0 flex-1 truncate" title={name}>
        {name}
      </span>
      <OthersHere list_id={list_id} />
      {role === 'viewer' && <Mark icon={<Eye />} words={t('lists.you_view')} />}
      {others > 0 && <Mark icon={<Users />} words={t('lists.shared_with', { count: others })} />}
      {openCount > 0 && (
        <span className="min-w-5 text-right text-xs text-muted tabular-nums" title={t('lists.open_items', { count: openCount })}>
          <span aria-hidden>{openCount}</span>
          <span className="sr-only">{t('lists.open_items', { count: openCount })}</span>
        </span>
      )}
    </Link>
  );
}

function Mark({ icon, words }: { icon: React.ReactNode; words: string }) {
  return (
    <span title={words} className="shrink-0 text-muted [&_svg]:size-3.5">
      {icon}
      <span className="sr-only">{words}</span>
    </span>
  );
}
