import {
  IconArrowsSplit2, IconBell, IconBox, IconBug, IconChartDots, IconChartHistogram, IconClock, IconDatabase, IconDeviceDesktopCode, IconFilter, IconHandStop, IconHash,
  IconNotebook, IconPackageImport, IconSparkles, IconTag, IconTerminal2, IconTestPipe, IconTool, type Icon,
} from '@tabler/icons-react'
import { createElement } from 'react'
import type { PortKind } from './model/ports'

const families: Readonly<Record<string, Icon>> = {
  bees: IconPackageImport, control: IconHandStop, data: IconFilter, dataset: IconDatabase, features: IconSparkles, label: IconTag, model: IconBox, notebook: IconNotebook,
  sample: IconTestPipe, sweep: IconArrowsSplit2, train: IconChartHistogram, workspace: IconDeviceDesktopCode,
}

const types: Readonly<Record<string, Icon>> = {
  'control.wait': IconClock, 'control.http': IconBell, 'train.script': IconTerminal2, 'data.check': IconBug, 'model.evaluate': IconChartDots, 'data.aggregate': IconHash,
}

/** The icon of an activity type, as an element. */
export const iconOf = (type: string, size: number) => createElement(types[type] ?? families[type.split('.')[0] ?? ''] ?? IconTool, { size, stroke: 1.7, 'aria-hidden': true })

/** The colour of what flows; each is told by words, too. */
export const colorOf = (kind: PortKind | undefined): string => `var(--port-${kind ?? 'value'})`
