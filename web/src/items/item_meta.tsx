import type { Item } from '@collab-todo/client';
import { AlignLeft, CalendarDays, CircleDotDashed, CloudUpload, Link2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { parseDue, urgencyOf, type Urgency } from './due_date';
import { useDueText } from './due_text';
import { useListContext } from './list_context';

const urgencyLooks: Record<Urgency, string> = { overdue: 'text-danger font-medium', today: 'text-accent font-medium', soon: '', later: '' };

/** What there is to say of an item besides its name, in one small line. */
export function ItemMeta({ item, isPending }: { item: Item; isPending: boolean }) {
  const { t } = useTranslation();
  const { now } = useListContext();
  const dueText = useDueText();
  const due = parseDue(item.due_date);
  const isInProgress = item.status === 'in_progress';
  if (!due && !item.description && !item.media_url && !isInProgress && !isPending) return null;
  const look = due && !item.done ? urgencyLooks[urgencyOf(due, now)] : '';
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-1 pb-1 text-xs text-muted [&_svg]:size-3.5 [&_svg]:shrink-0">
      {isInProgress && <Mark icon={<CircleDotDashed aria-hidden />}>{t('items.status.in_progress')}</Mark>}
      {due && (
        <Mark icon={<CalendarDays aria-hidden />} className={look}>
          <span className="inline-block first-letter:uppercase">{dueText(item.due_date ?? '', item.done)}</span>
        </Mark>
      )}
      {item.description && (
        <Mark icon={<AlignLeft aria-hidden />}>
          <span className="sr-only">{t('items.fields.description')}: </span>
          <span className="max-w-60 truncate">{item.description.split('\n', 1)[0]}</span>
        </Mark>
      )}
      {item.media_url && <Mark icon={<Link2 role="img" aria-label={t('items.has_link')} />} />}
      {isPending && <Mark icon={<CloudUpload role="img" aria-label={t('items.pending')} />} title={t('items.pending')} />}
    </div>
  );
}

function Mark({ icon, title, className = '', children }: { icon: ReactNode; title?: string; className?: string; children?: ReactNode }) {
  return (
    <span title={title} className={`inline-flex min-w-0 items-center gap-1 ${className}`}>
      {icon}
      {children}
    </span>
  );
}
