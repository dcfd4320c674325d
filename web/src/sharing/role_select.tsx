import type { SharedRole } from '@collab-todo/client';
import { useTranslation } from 'react-i18next';
import { Select } from '../ui/select';

export interface RoleSelectProps {
  /** What it chooses the role of. */
  label: string;
  value: SharedRole;
  onChoose: (role: SharedRole) => void;
  disabled?: boolean;
  className?: string;
}

/** Chooses what somebody may do with a list. */
export function RoleSelect(props: RoleSelectProps) {
  const { t } = useTranslation();
  return <Select {...props} options={[['editor', t('sharing.role.editor')], ['viewer', t('sharing.role.viewer')]]} />;
}
