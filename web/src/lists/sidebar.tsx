import { useLists } from '@collab-todo/react';
import { Link } from 'wouter';

/** All lists. */
export function Sidebar() {
  const lists = useLists();
  return (
    <nav className="w-72 shrink-0 border-r border-line bg-surface p-3 max-md:hidden">
      <ul>
        {lists.map((list) => (
          <li key={list.list_id}>
            <Link href={`/list/${list.list_id}`} className="block rounded-lg px-3 py-2 hover:bg-raised">
              {list.name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
