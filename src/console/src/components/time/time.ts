const instants = new Map<string, Intl.DateTimeFormat>()

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  let made = instants.get(key)
  if (!made) instants.set(key, (made = new Intl.DateTimeFormat(language, options)))
  return made
}

/** An instant in the reader's zone: the time alone today, with the date otherwise, with the year if it isn't this one. */
export function instantOf(at: string, language: string, now: Date = new Date()): string {
  const date = new Date(at)
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
  if (date.toDateString() === now.toDateString()) return format(language, time).format(date)
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' }
  const year: Intl.DateTimeFormatOptions = date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }
  return `${format(language, { ...day, ...year }).format(date)} ${format(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(date)}`
}

/** A length of time that people can compare: 0.4 s, 12.3 s, 3 min 07 s, 2 h 05 min, 3 d 4 h. */
export function durationOf(seconds: number): string {
  if (seconds < 0) return `−${durationOf(-seconds)}`
  if (seconds < 0.0005) return '0 s'
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const two = (n: number) => n.toString().padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}

/** Roughly how long, for sentences: 12 s, 3 min, 5 h, 2 d. */
export function roughly(seconds: number): string {
  const s = Math.abs(seconds)
  if (s < 60) return `${Math.round(s)} s`
  if (s < 3600) return `${Math.round(s / 60)} min`
  if (s < 86_400) return `${Math.round(s / 3600)} h`
  return `${Math.round(s / 86_400)} d`
}

export function bytesOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes / 1024
  let unit = 0
  for (; value >= 1023.95 && unit < units.length - 1; unit++) value /= 1024
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** A figure with the digits that tell something. */
export function figureOf(value: number, language = 'en'): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value)) return value.toLocaleString(language)
  const size = Math.abs(value)
  return size >= 1e6 || size < 1e-4 ? value.toExponential(3) : value.toLocaleString(language, { maximumSignificantDigits: size >= 1000 ? 7 : 5 })
}
