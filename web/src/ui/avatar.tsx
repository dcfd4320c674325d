// The hues of people, chosen so that white letters on them have a contrast of at least 4.5.
const colours = ['bg-[#0f766e]', 'bg-[#1d4ed8]', 'bg-[#7e22ce]', 'bg-[#be185d]', 'bg-[#b45309]', 'bg-[#4d7c0f]', 'bg-[#0e7490]', 'bg-[#475569]'];
const sizes = { small: 'size-5.5 text-[0.625rem]', normal: 'size-7 text-xs', large: 'size-9 text-sm' } as const;

/** The same colour for the same user everywhere. */
function colourOf(user_id: string): string {
  let sum = 0;
  for (const letter of user_id) sum = (sum * 31 + letter.codePointAt(0)!) >>> 0;
  return colours[sum % colours.length]!;
}

export interface AvatarProps {
  user_id: string;
  /** For who cannot see it, and as its tooltip. */
  name: string;
  /** What the letter is taken from, where `name` says more than the name. */
  initialOf?: string | null;
  size?: keyof typeof sizes;
}

/** A person as a round with an initial. */
export function Avatar({ user_id, name, initialOf = name, size = 'normal' }: AvatarProps) {
  return (
    <span
      role="img"
      aria-label={name}
      title={name}
      className={`inline-flex shrink-0 items-center justify-center rounded-full font-semibold text-white ${sizes[size]} ${colourOf(user_id)}`}
    >
      {[...(initialOf ?? '')][0]?.toUpperCase() ?? '?'}
    </span>
  );
}
