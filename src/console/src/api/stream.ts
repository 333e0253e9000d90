import { authorization } from './client'
import { tokenRefused } from './access/token'
import { Problem } from './problem'

export interface ServerEvent {
  readonly name: string
  readonly id: string | null
  readonly data: string
}

/** Splits a server-sent stream into its events; keeps what is not complete yet. */
export class EventParser {
  #rest = ''

  push(text: string): ServerEvent[] {
    this.#rest += text
    const events: ServerEvent[] = []
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      const event = read(this.#rest.slice(0, end))
      this.#rest = this.#rest.slice(end + 2)
      if (event !== null) events.push(event)
    }
    return events
  }
}

function read(block: string): ServerEvent | null {
  let name = 'message'
  let id: string | null = null
  const data: string[] = []
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') name = value
    else if (field === 'id') id = value
    else if (field === 'data') data.push(value)
  }
  return data.length > 0 ? { name, id, data: data.join('\n') } : null
}

export interface Follower {
  readonly onEvent: (event: ServerEvent) => void
  /** Whether we are connected now. */
  readonly onLive?: (live: boolean) => void
}

const pauses = [500, 1000, 2000, 5000, 10_000]

/**
 * Follows a stream until its event `end`, coming back after breaks where it left off. Unlike EventSource it can send the
 * token. Returns what stops it.
 */
export function follow(path: string, follower: Follower): () => void {
  const stop = new AbortController()
  void run(path, follower, stop.signal)
  return () => stop.abort()
}

async function run(path: string, { onEvent, onLive }: Follower, stop: AbortSignal): Promise<void> {
  let last: string | null = null
  for (let tries = 0; !stop.aborted; tries++) {
    try {
      const response: Response = await fetch(path, {
        headers: { Accept: 'text/event-stream', ...authorization(), ...(last === null ? {} : { 'Last-Event-ID': last }) },
        signal: stop,
      })
      if (response.status === 204) return
      if (response.status === 401) tokenRefused()
      if (!response.ok || response.body === null) {
        if (response.status < 500) return
        throw await Problem.read(response, `GET ${path}`)
      }
      onLive?.(true)
      const parser = new EventParser()
      const reader: ReadableStreamDefaultReader<string> = response.body.pipeThrough(new TextDecoderStream()).getReader()
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        tries = 0
        for (const event of parser.push(piece.value)) {
          if (event.id !== null) last = event.id
          onEvent(event)
          if (event.name === 'end') {
            onLive?.(false)
            await reader.cancel()
            return
          }
        }
      }
    } catch (error) {
      if (stop.aborted) return
      if (!(error instanceof Error)) throw error
      // The connection broke; it is taken up again below.
    }
    onLive?.(false)
    const pause = pauses[Math.min(tries, pauses.length - 1)]!
    await new Promise<void>((resume) => {
      const timer = setTimeout(resume, pause)
      stop.addEventListener('abort', () => { clearTimeout(timer); resume() }, { once: true })
    })
  }
}
