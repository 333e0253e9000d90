import { useEffect, useState } from 'react'
import { useLanguage } from '@/i18n/Language'
import { durationOf, instantOf, roughly } from './time'

/** An instant in the reader's zone; hovering tells it exactly. */
export function When({ at }: { readonly at: string | null | undefined }) {
  const { language, t } = useLanguage()
  if (!at) return <span className="quiet">–</span>
  const seconds = (Date.now() - new Date(at).getTime()) / 1000
  const how = t(seconds >= 0 ? 'pages.ago' : 'pages.in', { time: roughly(seconds) })
  return <time className="num" dateTime={at} title={`${at} · ${how}`}>{instantOf(at, language)}</time>
}

/** A length of time; one that still grows is counted on. */
export function Took({ seconds, since }: { readonly seconds?: number | null | undefined; readonly since?: string | null | undefined }) {
  const grows = seconds == null && since != null
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!grows) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [grows])
  if (seconds != null) return <span className="num" title={`${seconds} s`}>{durationOf(seconds)}</span>
  if (since == null) return <span className="quiet">–</span>
  return <span className="num">{durationOf(Math.max(0, Math.floor((now - new Date(since).getTime()) / 1000)))}</span>
}
