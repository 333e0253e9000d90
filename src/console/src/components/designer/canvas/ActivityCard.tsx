import { Tooltip } from '@mantine/core'
import { IconAlertCircle, IconArrowMerge, IconChevronDown, IconChevronUp, IconQuestionMark, IconRepeat } from '@tabler/icons-react'
import { Handle, Position, useUpdateNodeInternals, type NodeProps } from '@xyflow/react'
import { createContext, memo, use, useEffect } from 'react'
import { useText } from '@/i18n/Language'
import { colorOf, iconOf } from '../look'
import type { Port } from '../model/ports'
import type { ActivityNode } from './nodes'
import classes from './Canvas.module.css'

/** What a card asks the canvas for. */
export interface CardActs {
  readonly open: (name: string) => void
  readonly fits: (from: { readonly node: string; readonly handle: string }, to: { readonly node: string; readonly handle: string }) => boolean
}

export const CardContext = createContext<CardActs>({ open: () => {}, fits: () => true })

/** Where an edge that somebody draws just now began. */
export interface Drawn {
  readonly node: string
  readonly handle: string
  readonly side: 'in' | 'out'
}

// Asked for once, by the canvas: a question of each port to the store is thousands of them at each click.
export const DrawnContext = createContext<Drawn | null>(null)

/** An activity: what it is called, what it is, and what flows in and out. */
export const ActivityCard = memo(function ActivityCard({ id, data, selected }: NodeProps<ActivityNode>) {
  const t = useText()
  const { open } = use(CardContext)
  const update = useUpdateNodeInternals()
  const ports = [...data.inputs, ...data.outputs].map((p) => p.name).join(' ')
  useEffect(() => update(id), [update, id, ports])
  const { activity } = data
  const rows = Math.max(data.inputs.length, data.outputs.length)
  const loops = activity.forEach !== undefined
  return (
    <div
      className={classes.card} data-selected={selected || undefined} data-errors={data.errors > 0 || undefined} data-loops={loops || undefined} data-cache={data.cache?.verdict}
      data-change={data.change ?? undefined} data-unknown={data.unknown || undefined}
    >
      <Handle id="after" type="target" position={Position.Left} className={classes.order} title={t('design.afterIn')} />
      <Handle id="done" type="source" position={Position.Right} className={classes.order} title={t('design.afterOut')} />
      <div className={classes.head}>
        <span className={classes.icon}>{iconOf(activity.type, 16)}</span>
        <span className={classes.titles}>
          <span className={classes.name} title={activity.name}>{activity.name}</span>
          <span className={classes.type}>{activity.type || t('design.noType')}</span>
        </span>
        {data.errors + data.warnings > 0 && (
          <span className={classes.problems} data-bad={data.errors > 0 || undefined} title={t('design.problemsHere', { n: data.errors + data.warnings })}>
            <IconAlertCircle size={13} aria-hidden="true" />{data.errors + data.warnings}
          </span>
        )}
        {data.cache && <span className={classes.verdict} title={data.cache.note}>{t(data.cache.verdict === 'hit' ? 'design.hit' : data.cache.verdict === 'miss' ? 'design.miss' : 'design.perhaps')}</span>}
      </div>
      {(activity.when || loops || activity.join) && (
        <div className={classes.conditions}>
          {activity.when && <Tooltip label={activity.when} multiline maw={420}><span className={classes.condition}><IconQuestionMark size={12} aria-hidden="true" />when</span></Tooltip>}
          {loops && <Tooltip label={typeof activity.forEach === 'string' ? activity.forEach : JSON.stringify(activity.forEach)} multiline maw={420}><span className={classes.condition}><IconRepeat size={12} aria-hidden="true" />forEach</span></Tooltip>}
          {activity.join && <span className={classes.condition}><IconArrowMerge size={12} aria-hidden="true" />{activity.join}</span>}
        </div>
      )}
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className={classes.row}>
          {data.inputs[i] ? <PortMark port={data.inputs[i]} side="in" node={id} /> : <span />}
          {data.outputs[i] ? <PortMark port={data.outputs[i]} side="out" node={id} /> : <span />}
        </div>
      ))}
      {(data.hidden > 0 || data.opened) && (
        <button type="button" className={`${classes.more} nodrag`} onClick={(e) => { e.stopPropagation(); open(id) }} aria-expanded={data.opened}>
          {data.opened ? <IconChevronUp size={12} /> : <IconChevronDown size={12} />}{data.opened ? t('design.fewer') : t('design.more', { n: data.hidden })}
        </button>
      )}
    </div>
  )
})

function PortMark({ port, side, node }: { readonly port: Port; readonly side: 'in' | 'out'; readonly node: string }) {
  const t = useText()
  const { fits } = use(CardContext)
  const handle = `${side}:${port.name}`
  // While somebody draws an edge, what it fits stands out.
  const drawn = use(DrawnContext)
  const mine = { node, handle }
  const verdict = drawn === null || drawn.side === side ? null : side === 'in' ? fits(drawn, mine) : fits(mine, drawn)
  const label = port.name === '*' ? t('design.anyOutput') : port.name
  return (
    <span className={classes.port} data-side={side} data-fits={verdict === null ? undefined : verdict ? 'yes' : 'no'} title={`${label}: ${t(`design.kind.${port.kind}`)}${port.required ? ` (${t('design.required')})` : ''}${port.description ? `\n${port.description}` : ''}`}>
      <Handle id={handle} type={side === 'in' ? 'target' : 'source'} position={side === 'in' ? Position.Left : Position.Right} className={classes.handle} style={{ '--c': colorOf(port.kind) } as React.CSSProperties} data-kind={port.kind} data-required={port.required || undefined} role="img" aria-label={t(side === 'in' ? 'design.inputOf' : 'design.outputOf', { node, label })} />
      <span className={classes.label}>{label}{port.required && side === 'in' ? <sup aria-hidden="true">*</sup> : null}</span>
    </span>
  )
}
