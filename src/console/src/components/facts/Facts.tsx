import { Title } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Facts.module.css'

export type Fact = readonly [name: ReactNode, value: ReactNode]

/** Names and values, one under the other; those without a value are left out. */
export function Facts({ of }: { readonly of: readonly Fact[] }) {
  return <dl className={classes.facts}>{of.filter(([, value]) => value != null && value !== '').map(([name, value], i) => <div key={i} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
}

export function Card({ title, beside, children }: { readonly title: string; readonly beside?: ReactNode; readonly children: ReactNode }) {
  return <section className={classes.card} aria-label={title}><div style={{ display: 'flex', gap: 10, alignItems: 'center' }}><Title order={2}>{title}</Title>{beside && <div style={{ marginLeft: 'auto' }}>{beside}</div>}</div>{children}</section>
}

export function Cards({ children }: { readonly children: ReactNode }) {
  return <div className={classes.cards}>{children}</div>
}

export function Note({ children }: { readonly children: ReactNode }) {
  return <div className={classes.note}>{children}</div>
}

/** A page's content that scrolls by itself. */
export function Scroll({ children, label }: { readonly children: ReactNode; readonly label: string }) {
  return <div className={classes.scroll} tabIndex={0} role="region" aria-label={label}>{children}</div>
}

/** How much of something is used. What is above the mark of its own is borrowed. */
export function Meter({ used, total, own, label }: { readonly used: number; readonly total: number; readonly own?: number | undefined; readonly label: string }) {
  const part = (n: number) => `${total <= 0 ? 0 : Math.min(100, (100 * n) / total)}%`
  const over = own !== undefined && used > own
  return (
    <div className={classes.meter} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(total, used)} aria-valuenow={used}>
      <span style={{ width: part(used) }} data-over={over ? '' : undefined} />
      {over && <span style={{ width: part(own) }} />}
    </div>
  )
}
