import { useList } from '@collab-todo/react';
import { useRef } from 'react';
import { MissingList } from './missing_list';
import { OpenList } from './open_list';

/** One list with its items. */
export function ListPage({ list_id }: { list_id: string }) {
  const list = useList(list_id);
  const wasHere = useRef(false);
  if (list) wasHere.current = true;
  return list ? <OpenList list={list} /> : <MissingList wasHere={wasHere.current} />;
}
