// The hues of people, chosen so that white letters on them have a contrast of at least 4.5.
const colours = ['bg-[#0f766e]', 'bg-[#1d4ed8]', 'bg-[#7e22ce]', 'bg-[#be185d]', 'bg-[#b45309]', 'bg-[#4d7c0f]', 'bg-[#0e7490]', 'bg-[#475569]'];

/** The same colour for the same user everywhere. */
function colourOf(user_id: string): string {
  let sum = 0;
  for (const letter of user_id) sum = (sum * 31 + letter.codePointAt(0)!) >>> 0;
  return colours[sum % colours.length]!;
}

/** A person as a round with an initial. */
export function Avatar({ user_id, name }: { user_id: string; name: string }) {
  return (
    <span
      role="img"
      aria-label={name}
      title={name}
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-full text-xs font-semibold text-white ${colourOf(user_id)}`}
    >
      {[...name][0]?.toUpperCase() ?? '?'}
    </span>
  );
}
