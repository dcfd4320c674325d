import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { startI18n } from './i18n';
import './index.css';
import { startSession } from './session/session';
import { followUpdates } from './status/updates';

void startSession();
await startI18n();
followUpdates();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
