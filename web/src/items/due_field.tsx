import type { Item } from '@collab-todo/client';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';
import { dayOf, daysAfter, formatDue, parseDue, timeOf } from './due_date';
import { useDueText } from './due_text';
import { useListContext } from './list_context';

const inputLook = 'min-h-9 rounded-lg border border-line bg-surface px-3 py-1.5 text-base text-ink sm:text-sm';
// While a year is being typed the field has years such as 0002.
const isWholeYear = (day: string) => day >= '1900';

/** When an item is due: a day, with a time if that matters. */
export function DueField({ item }: { item: Item }) {
  const { t } = useTranslation();
  const { canEdit, actions, now } = useListContext();
  const dueText = useDueText();
  const due = parseDue(item.due_date);
  const [day, setDay] = useState(due?.day ?? '');
  const id = useId();
  useEffect(() => setDay(due?.day ?? ''), [due?.day]);
  const time = due?.at ? timeOf(due.at) : '';
  const write = (nextDay: string, nextTime: string) => actions.write(item, { due_date: formatDue(nextDay, nextTime) });

  if (!canEdit) {
    if (!item.due_date) return null;
    return (
      <div>
        <p className="mb-1 text-sm font-medium">{t('items.fields.due_date')}</p>
        <p className="text-sm first-letter:uppercase">{dueText(item.due_date, item.done)}</p>
      </div>
    );
  }
  const today = dayOf(now);
  const shortcuts = [['today', today], ['tomorrow', daysAfter(today, 1)], ['next_week', daysAfter(today, 7)]] as const;
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{t('items.fields.due_date')}</legend>
      <div className="flex flex-wrap gap-2">
        <label htmlFor={`${id}-day`} className="sr-only">
          {t('items.due.day')}
        </label>
        <input
          id={`${id}-day`}
          type="date"
          value={day}
          max="9999-12-31"
          onChange={({ target: { value } }) => {
            setDay(value);
            if (isWholeYear(value)) write(value, time);
          }}
          onBlur={() => setDay(due?.day ?? '')}
          className={inputLook}
        />
        {due && (
          <>
            <label htmlFor={`${id}-time`} className="sr-only">
              {t('items.due.time')}
            </label>
            <input id={`${id}-time`} type="time" value={time} onChange={(event) => write(due.day, event.target.value)} className={inputLook} />
          </>
        )}
      </div>
      {item.due_date && <p className="mt-1 text-sm text-muted first-letter:uppercase">{dueText(item.due_date, item.done)}</p>}
      <div className="mt-1 -ml-2 flex flex-wrap">
        {shortcuts.map(([name, shortcut]) => (
          <Button key={name} look="quiet" className="px-2! text-accent!" onClick={() => write(shortcut, time)}>
            {t(`items.due.${name}`)}
          </Button>
        ))}
        {due && (
          <Button look="quiet" className="px-2!" onClick={() => actions.write(item, { due_date: null })}>
            {t('items.due.none')}
          </Button>
        )}
      </div>
    </fieldset>
  );
}
