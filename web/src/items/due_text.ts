import { useTranslation } from 'react-i18next';
import { dayInWords, parseDue, timeInWords, urgencyOf } from './due_date';
import { useListContext } from './list_context';

/** Says a due date as it is kept in words; that it is over, too, unless the item is done. */
export function useDueText(): (due_date: string, done?: boolean) => string {
  const { t, i18n } = useTranslation();
  const { now } = useListContext();
  return (due_date, done = false) => {
    const due = parseDue(due_date);
    if (!due) return due_date;
    const day = dayInWords(due.day, now, i18n.language);
    const when = due.at ? t('items.due.at', { day, time: timeInWords(due.at, i18n.language) }) : day;
    return !done && urgencyOf(due, now) === 'overdue' ? t('items.due.overdue', { when }) : when;
  };
}
