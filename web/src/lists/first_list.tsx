import { useLists } from '@collab-todo/react';
import { Redirect } from 'wouter';

/** The page `/`: goes to the list that was open last, else to the first one. */
export function FirstList() {
  const [first] = useLists();
  return first ? <Redirect to={`/list/${first.list_id}`} replace /> : null;
}
