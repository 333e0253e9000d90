import { IconAlertTriangle, IconBox, IconChartDots3, IconCpu, IconDatabase, IconDeviceDesktopCode, IconPlayerPlay, IconSettings, IconSitemap, type Icon } from '@tabler/icons-react'
import type { Key } from '@/i18n/catalogue'

export interface PageGroup {
  readonly to: string
  readonly title: Key
  readonly icon: Icon
  /** Pressed after g, it leads there. */
  readonly letter: string
}

/** The navigation, in its order. */
export const pageGroups: readonly PageGroup[] = [
  { to: '/pipelines', title: 'shell.pipelines', icon: IconSitemap, letter: 'p' },
  { to: '/runs', title: 'shell.runs', icon: IconPlayerPlay, letter: 'r' },
  { to: '/data', title: 'shell.data', icon: IconDatabase, letter: 'd' },
  { to: '/models', title: 'shell.models', icon: IconBox, letter: 'm' },
  { to: '/experiments', title: 'shell.experiments', icon: IconChartDots3, letter: 'e' },
  { to: '/resources', title: 'shell.resources', icon: IconCpu, letter: 'q' },
  { to: '/alarms', title: 'shell.alarms', icon: IconAlertTriangle, letter: 'a' },
  { to: '/workspaces', title: 'shell.workspaces', icon: IconDeviceDesktopCode, letter: 'w' },
  { to: '/settings', title: 'shell.settings', icon: IconSettings, letter: 's' },
]
