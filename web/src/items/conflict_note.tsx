import type { Conflict } from '@collab-todo/client';
import { useTranslation } from 'react-i18next';
import { ClashNote } from './clash_note';
import { useDueText } from './due_text';
import { useListContext } from './list_context';

/** A conflict in place: what I wanted, what others have made, and the choice. */
export function ConflictNote({ conflict }: { conflict: Conflict }) {
  const { t } = useTranslation();
  const { client } = useListContext();
  const valueOf = useConflictValue(conflict);
  const { conflict_id, field, mine, theirs } = conflict;
  const kind = field !== 'existence' ? 'field' : mine === null ? 'deleted_mine' : 'deleted_theirs';
  const fieldName = field === 'existence' ? '' : t(`items.fields.${field}`);
  return (
    <ClashNote
      told={t(`items.conflict.${kind}`, { field: fieldName, name: conflict.base?.name ?? theirs?.name ?? '' })}
      mine={valueOf(mine)}
      theirs={valueOf(theirs)}
      mineLabel={t(`items.conflict.mine_${kind}`)}
      theirsLabel={t(`items.conflict.theirs_${kind}`)}
      onMine={() => client.settleConflict(conflict_id, 'mine')}
      onTheirs={() => client.settleConflict(conflict_id, 'theirs')}
    />
  );
}

// What a side of the conflict says, in words.
function useConflictValue({ field }: Conflict): (values: Conflict['mine']) => string {
  const { t } = useTranslation();
  const dueText = useDueText();
  return (values) => {
    if (values === null) return t('items.conflict.gone');
    if (field === 'status' || (field === 'existence' && values.status !== undefined && values.name === undefined))
      return t(`items.status.${values.status ?? 'not_started'}`);
    if (field === 'due_date') return values.due_date ? dueText(values.due_date) : t('items.nothing');
    const text = field === 'description' || field === 'media_url' ? values[field] : values.name;
    return text ?? values.description ?? values.media_url ?? (values.due_date ? dueText(values.due_date) : t('items.nothing'));
  };
}
