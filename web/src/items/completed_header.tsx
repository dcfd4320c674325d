import { ChevronDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { header, type Rows } from './rows';
import type { RowPlace } from './sortable_row';

export interface CompletedHeaderProps extends RowPlace {
  rows: Rows;
  isActive: boolean;
  onFold: () => void;
}

/** The line between the open and the completed items, which folds these. */
export function CompletedHeader({ rows, isActive, onFold, index, start, count, measure }: CompletedHeaderProps) {
  const { t } = useTranslation();
  return (
    <li
      ref={measure}
      data-row={header}
      data-index={index}
      aria-setsize={count}
      aria-posinset={index + 1}
      className="absolute inset-x-0 px-2 pt-2"
      style={{ top: start }}
    >
      <div className="mx-auto max-w-3xl">
        <button
          type="button"
          data-control="check"
          tabIndex={isActive ? 0 : -1}
          aria-expanded={rows.isUnfolded}
          onClick={onFold}
          className="flex min-h-9 items-center gap-1.5 rounded-lg py-1 pr-3 pl-2 text-sm font-medium text-muted hover:bg-raised hover:text-ink"
        >
          <ChevronDown className={`size-4 transition-transform ${rows.isUnfolded ? '' : '-rotate-90'}`} aria-hidden />
          {t('items.completed_count', { count: rows.done.length })}
        </button>
      </div>
    </li>
  );
}
