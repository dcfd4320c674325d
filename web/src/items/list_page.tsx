import { useClient, useList } from '@collab-todo/react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button';
import { TextField } from '../ui/text_field';

/** One list with its items. */
export function ListPage({ list_id }: { list_id: string }) {
  const { t } = useTranslation();
  const client = useClient();
  const list = useList(list_id);
  const [name, setName] = useState('');
  if (!list) return null;
  return (
    <div className="p-6">
      <h1 className="mb-4 text-2xl font-semibold">{list.name}</h1>
      <form
        className="mb-4 flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) client.addItem(list_id, { name });
          setName('');
        }}
      >
        <TextField label={t('items.new')} value={name} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" look="primary">
          {t('items.add')}
        </Button>
      </form>
      <ul>
        {list.items.map((item) => (
          <li key={item.id}>{item.name}</li>
        ))}
      </ul>
    </div>
  );
}
