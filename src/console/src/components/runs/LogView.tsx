import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconArrowBarToDown, IconArrowBarToUp, IconBug } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type MouseEvent } from 'react'
import { logStream, readLog, searchLog, type LogMatch, type LogOf } from '@/api/runs/logs'
import { useQueryClient } from '@tanstack/react-query'
import { logErrorQuery } from '@/api/runs/logs'
import { follow } from '@/api/stream'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'
import { bytesOf } from '../time/time'
import { LogWindow, step } from './logWindow'
import classes from './LogView.module.css'

const bad = /\b(error|exception|traceback|fatal)\b/i
const height = 18

/**
 * An attempt's log of any length: only a window of it is ever read. It follows what is written, finds text, and jumps to
 * the first error.
 */
export function LogView({ run, activity, attempt, isOver }: LogOf & { readonly isOver: boolean }) {
  const t = useText()
  const queries = useQueryClient()
  const scroll = useRef<HTMLDivElement>(null)
  const [window, setWindow] = useState(LogWindow.empty)
  const [error, setError] = useState<unknown>(null)
  const [text, setText] = useState('')
  const [match, setMatch] = useState<LogMatch | null>(null)
  const [told, setTold] = useState('')
  const reading = useRef(false)
  const stick = useRef(true)
  const aim = useRef<{ readonly text: string } | 'end' | 'start' | { readonly grew: number } | null>('end')
  const lines = window.lines()
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroll.current, estimateSize: () => height, overscan: 30 })

  const guard = useCallback(async (work: () => Promise<void>) => {
    if (reading.current) return
    reading.current = true
    try {
      await work()
      setError(null)
    } catch (e) {
      setError(e)
    } finally {
      reading.current = false
    }
  }, [])

  const log = useCallback((): LogOf => ({ run, activity, attempt }), [run, activity, attempt])

  const goTo = useCallback((offset: number, then: typeof aim.current) => guard(async () => {
    const from = Math.max(0, offset)
    const piece = await readLog(log(), from, step)
    aim.current = then
    setWindow(LogWindow.at(from, piece))
  }), [guard, log])

  const toEnd = useCallback(() => guard(async () => {
    const { bytes } = await readLog(log(), 0, 1)
    const from = Math.max(0, bytes - step)
    stick.current = true
    aim.current = 'end'
    setWindow(LogWindow.at(from, await readLog(log(), from, step)))
  }), [guard, log])

  useEffect(() => {
    void toEnd()
  }, [toEnd])

  // What is being written is followed as long as the window shows the end.
  const from = window.reachesEnd && window.pieces.length > 0 && !window.complete ? window.to : null
  const follows = from !== null && !isOver
  const begin = useRef(0)
  useEffect(() => {
    if (from !== null) begin.current = from
  })
  useEffect(() => {
    if (!follows) return
    return follow(logStream({ run, activity, attempt }, begin.current), {
      onEvent: ({ name, id, data }) => {
        if (name === 'log') {
          if (stick.current) aim.current = 'end'
          setWindow((w) => w.grown((JSON.parse(data) as { text: string }).text, Number(id)))
        } else if (name === 'end') setWindow((w) => w.ended())
      },
    })
  }, [follows, run, activity, attempt])

  useLayoutEffect(() => {
    const wanted = aim.current
    const element = scroll.current
    if (wanted === null || element === null || lines.length === 0) return
    aim.current = null
    if (wanted === 'end') virtual.scrollToIndex(lines.length - 1, { align: 'end' })
    else if (wanted === 'start') virtual.scrollToIndex(0)
    else if ('grew' in wanted) element.scrollTop += wanted.grew * height
    else {
      const at = lines.findIndex((l) => l.includes(wanted.text))
      if (at >= 0) virtual.scrollToIndex(at, { align: 'center' })
    }
  }, [window, lines, virtual])

  function onScroll() {
    const element = scroll.current
    if (element === null) return
    const below = element.scrollHeight - element.scrollTop - element.clientHeight
    stick.current = below < 2 * height
    if (below < 400 && !window.reachesEnd) {
      void guard(async () => {
        const piece = await readLog(log(), window.to, step)
        setWindow((w) => w.after(piece))
      })
    } else if (element.scrollTop < 400 && !window.reachesStart) {
      void guard(async () => {
        const start = Math.max(0, window.from - step)
        const piece = await readLog(log(), start, window.from - start)
        setWindow((w) => {
          const next = w.before(start, piece)
          aim.current = { grew: next.lines().length - w.lines().length }
          return next
        })
      })
    }
  }

  async function find(last: boolean) {
    if (text === '') return
    setTold('')
    let offset = last ? (match?.offset ?? window.to) : match === null ? 0 : match.offset + 1
    try {
      for (;;) {
        const found = await searchLog(log(), text, offset, last, 1)
        const next = found.matches[0]
        // The line that it begins in is found again from within; look on behind it.
        if (next && next.offset !== match?.offset) {
          setMatch(next)
          await goTo(next.offset - step / 4, { text: next.text.slice(0, 200) })
          return
        }
        if (!found.more || found.next === offset) break
        offset = found.next
      }
      setTold(t('runs.log.notFound'))
    } catch (e) {
      setError(e)
    }
  }

  async function firstError() {
    try {
      setTold(t('runs.log.searching'))
      const told = await queries.fetchQuery(logErrorQuery({ run, activity, attempt }, isOver))
      if (!told.found || told.line == null || told.offset == null) {
        setTold(t(told.searched < window.bytes ? 'runs.log.noErrorSoFar' : 'runs.log.noError', { bytes: bytesOf(told.searched) }))
        return
      }
      setTold('')
      // Of a traceback it is the line at its end that says it; the window shows it from its first.
      const line = told.lines[0]!
      setMatch({ line: told.line, offset: told.offset, column: 1, length: line.length, text: line })
      await goTo(told.offset - step / 8, { text: line.slice(0, 180) })
    } catch (e) {
      setError(e)
    }
  }

  function onMarker(event: MouseEvent<HTMLDivElement>) {
    const box = event.currentTarget.getBoundingClientRect()
    stick.current = false
    void goTo(Math.floor(((event.clientX - box.left) / box.width) * window.bytes) - step / 2, 'start')
  }

  const hit = match === null ? '' : match.text.slice(0, 200)
  return (
    <div className={classes.view}>
      <div className={classes.bar}>
        <TextInput
          size="xs" w={240} placeholder={t('runs.log.search')} aria-label={t('runs.log.search')} value={text}
          onChange={(e) => { setText(e.currentTarget.value); setMatch(null); setTold('') }}
          onKeyDown={(e) => { if (e.key === 'Enter') void find(e.shiftKey) }}
        />
        <Tooltip label={t('runs.log.previous')}><ActionIcon variant="default" aria-label={t('runs.log.previous')} onClick={() => void find(true)}><IconArrowUp size={14} /></ActionIcon></Tooltip>
        <Tooltip label={t('runs.log.next')}><ActionIcon variant="default" aria-label={t('runs.log.next')} onClick={() => void find(false)}><IconArrowDown size={14} /></ActionIcon></Tooltip>
        <Button variant="default" leftSection={<IconBug size={14} />} onClick={() => void firstError()}>{t('runs.log.firstError')}</Button>
        <Tooltip label={t('runs.log.start')}><ActionIcon variant="default" aria-label={t('runs.log.start')} onClick={() => { stick.current = false; void goTo(0, 'start') }}><IconArrowBarToUp size={14} /></ActionIcon></Tooltip>
        <Tooltip label={t('runs.log.end')}><ActionIcon variant="default" aria-label={t('runs.log.end')} onClick={() => void toEnd()}><IconArrowBarToDown size={14} /></ActionIcon></Tooltip>
        {told && <span role="status" className="quiet">{told}</span>}
        {match && <span className="quiet num">{t('runs.log.line', { line: match.line })}</span>}
        <span className={classes.where}>{bytesOf(window.from)} – {bytesOf(window.to)} / {bytesOf(window.bytes)}{follows ? ` · ${t('runs.log.live')}` : ''}</span>
      </div>
      {error !== null && <ProblemView error={error} onRetry={() => void toEnd()} />}
      <div className={classes.text} ref={scroll} onScroll={onScroll} tabIndex={0} role="log" aria-label={t('runs.log')} aria-live="off">
        {lines.length === 0 && <div className="quiet" style={{ padding: 10 }}>{t('runs.log.empty')}</div>}
        <div className={classes.lines} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index]!
            return (
              <div key={item.key} className={classes.line} style={{ transform: `translateY(${item.start}px)` }} data-hit={hit !== '' && line.includes(hit) ? '' : undefined} data-bad={bad.test(line) ? '' : undefined}>
                <Marked line={line.length > 5000 ? `${line.slice(0, 5000)}…` : line} text={text} />
              </div>
            )
          })}
        </div>
      </div>
      {window.bytes > 2 * step && (
        <div className={classes.marker} onClick={onMarker} aria-hidden="true">
          <span style={{ left: `${(100 * window.from) / window.bytes}%`, width: `${(100 * (window.to - window.from)) / window.bytes}%` }} />
        </div>
      )}
    </div>
  )
}

function Marked({ line, text }: { readonly line: string; readonly text: string }) {
  const at = text === '' ? -1 : line.toLowerCase().indexOf(text.toLowerCase())
  if (at < 0) return line === '' ? ' ' : line
  return <>{line.slice(0, at)}<mark>{line.slice(at, at + text.length)}</mark>{line.slice(at + text.length)}</>
}
