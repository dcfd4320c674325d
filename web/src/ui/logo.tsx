/** The mark of the app. */
export function Logo({ className = 'size-8' }: { className?: string }) {
  return (
    <svg viewBox="0 0 512 512" aria-hidden className={`shrink-0 rounded-[22%] ${className}`}>
      <rect width="512" height="512" className="fill-[#0f766e]" />
      <path d="M150 262l72 72 146-158" className="fill-none stroke-white stroke-[52]" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
