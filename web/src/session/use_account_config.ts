import { RequestError, type AccountConfig } from '@collab-todo/client';
import { useEffect, useState } from 'react';
import { account } from './session';
import { usualRules } from './checks';

const unknown: AccountConfig = { registration: 'open', ...usualRules };

/** What the server lets people do. Until it has told, and where it cannot be reached, what is usual; null where it keeps no accounts. */
export function useAccountConfig(): AccountConfig | null {
  const [config, setConfig] = useState<AccountConfig | null>(unknown);
  useEffect(() => {
    let isWanted = true;
    account.config().then(
      (told) => isWanted && setConfig(told),
      (error: unknown) => isWanted && error instanceof RequestError && error.code === 'not_found' && setConfig(null),
    );
    return () => void (isWanted = false);
  }, []);
  return config;
}
