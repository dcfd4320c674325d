import type { Item } from '@collab-todo/client';
import { ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isWebAddress } from './limits';
import { TextDraft } from './text_draft';

/** A link to something on the web. If it is an image, it is shown. */
export function MediaField({ item }: { item: Item }) {
  const { t } = useTranslation();
  const url = item.media_url;
  return (
    <div>
      <TextDraft item={item} field="media_url" />
      {url && isWebAddress(url) && (
        <>
          <a
            href={url}
            target="_blank"
            rel="noreferrer noopener"
            className="mt-1 inline-flex min-h-6 items-center gap-1 rounded text-sm text-accent underline underline-offset-2"
          >
            <ExternalLink className="size-3.5" aria-hidden />
            {t('items.open_link', { host: new URL(url).host })}
          </a>
          {url.startsWith('https:') && <Preview key={url} url={url} />}
        </>
      )}
    </div>
  );
}

// Whether it is an image is known when it loads; what is none leaves no trace.
function Preview({ url }: { url: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<'loading' | 'shown' | 'none'>('loading');
  if (state === 'none') return null;
  return (
    <img
      src={url}
      alt={t('items.preview')}
      referrerPolicy="no-referrer"
      onLoad={() => setState('shown')}
      onError={() => setState('none')}
      className={state === 'shown' ? 'mt-2 max-h-72 w-full rounded-lg border border-line object-contain' : 'sr-only'}
    />
  );
}
