import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import classes from './Table.module.css'

export interface Column<T> {
  readonly key: string
  readonly title: ReactNode
  /** A track of a CSS grid: `120px`, `minmax(160px, 2fr)`. */
  readonly width: string
  readonly end?: boolean
  readonly cell: (row: T) => ReactNode
  readonly onSort?: () => void
  readonly sorted?: 'ascending' | 'descending' | undefined
}

export interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** What Enter and a click on a row do. */
  readonly onOpen?: (row: T) => void
  readonly onEnd?: () => void
  readonly isActive?: (row: T) => boolean
  /** Its columns are as many as there are parameters, so it may be wider than its place; others are to fit. */
  readonly anyColumns?: boolean
}

const height = 32

/** The least width of a track: the first length in it. */
const leastOf = (width: string): number => Number(/(\d+)px/.exec(width)?.[1] ?? 80)

/** A table that holds only the rows in sight, so that ten thousand scroll as ten do. Arrow keys move, Enter opens. */
export function Table<T>({ label, columns, rows, keyOf, onOpen, onEnd, isActive, anyColumns }: TableProps<T>) {
  const scroll = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(-1)
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroll.current, estimateSize: () => height, overscan: 12 })
  const tracks = columns.map((c) => c.width).join(' ')
  const least = columns.reduce((sum, c) => sum + leastOf(c.width), 0)
  const items = virtual.getVirtualItems()
  const last = items[items.length - 1]?.index ?? -1

  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - 1) onEnd()
  }, [last, rows.length, onEnd])

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -rows.length, End: rows.length }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      const next = Math.min(rows.length - 1, Math.max(0, active + step))
      setActive(next)
      virtual.scrollToIndex(next)
    } else if (event.key === 'Enter' && event.target === event.currentTarget && rows[active] && onOpen) {
      onOpen(rows[active])
    }
  }

  return (
    <div className={classes.frame}>
      <div className={classes.scroll} ref={scroll} tabIndex={0} role="table" aria-label={label} data-any-columns={anyColumns ? '' : undefined} aria-rowcount={rows.length + 1} onKeyDown={onKeyDown}>
        <div role="rowgroup">
          <div className={classes.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks, minWidth: least }}>
            {columns.map((c) => (
              <div key={c.key} role="columnheader" className={`${classes.title} ${c.end ? classes.end : ''}`} aria-sort={c.sorted}>
                {c.onSort ? <button type="button" onClick={c.onSort}>{c.title}{c.sorted && (c.sorted === 'ascending' ? ' ↑' : ' ↓')}</button> : c.title}
              </div>
            ))}
          </div>
        </div>
        <div className={classes.body} role="rowgroup" style={{ height: virtual.getTotalSize(), minWidth: least }}>
          {items.map((item) => {
            const row = rows[item.index]!
            return (
              <div
                key={keyOf(row)} role="row" aria-rowindex={item.index + 2} className={classes.row}
                data-link={onOpen ? '' : undefined} data-active={item.index === active || isActive?.(row) ? '' : undefined}
                style={{ transform: `translateY(${item.start}px)`, gridTemplateColumns: tracks, cursor: onOpen ? 'pointer' : undefined }}
                onClick={(event) => {
                  if (onOpen && !(event.target as HTMLElement).closest('a, button, input, label')) onOpen(row)
                }}
              >
                {columns.map((c) => <div key={c.key} role="cell" className={`${classes.cell} ${c.end ? classes.end : ''}`}>{c.cell(row)}</div>)}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
