import type { LogPiece } from '@/api/runs/logs'

interface Piece {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** How much is read at once, and how much is kept in all; in bytes of the log. */
export const step = 128 * 1024
const most = 16 * step

/** A window of a log: pieces that lie beside each other, however long the whole is. Immutable. */
export class LogWindow {
  private constructor(readonly pieces: readonly Piece[], readonly bytes: number, readonly complete: boolean) {}

  static readonly empty = new LogWindow([], 0, false)

  get from(): number { return this.pieces[0]?.from ?? 0 }
  get to(): number { return this.pieces.at(-1)?.to ?? 0 }
  get reachesStart(): boolean { return this.from === 0 }
  get reachesEnd(): boolean { return this.to >= this.bytes }

  /** Begins anew with a piece that was read somewhere. */
  static at(offset: number, piece: LogPiece): LogWindow {
    return new LogWindow([{ from: offset, to: piece.next, text: piece.text }], piece.bytes, piece.complete)
  }

  /** With the piece that follows; what is too much goes in front. */
  after(piece: LogPiece): LogWindow {
    if (piece.next <= this.to) return new LogWindow(this.pieces, piece.bytes, piece.complete)
    const pieces = [...this.pieces, { from: this.to, to: piece.next, text: piece.text }]
    while (pieces.length > 1 && this.to - pieces[0]!.from > most) pieces.shift()
    return new LogWindow(pieces, piece.bytes, piece.complete)
  }

  /** With the piece before, which was read from the offset up to where this begins; what is too much goes behind. */
  before(offset: number, piece: LogPiece): LogWindow {
    const pieces = [{ from: offset, to: this.from, text: piece.text }, ...this.pieces]
    while (pieces.length > 1 && pieces.at(-1)!.to - offset > most) pieces.pop()
    return new LogWindow(pieces, piece.bytes, this.complete)
  }

  /** With more that arrived at the end. */
  grown(text: string, to: number): LogWindow {
    return this.after({ attempt: '', number: 0, text, next: to, bytes: Math.max(to, this.bytes), complete: false })
  }

  ended(): LogWindow {
    return new LogWindow(this.pieces, this.bytes, true)
  }

  /** The whole lines in it, and the last one as far as it goes: what the window begins in the middle of is left out. */
  lines(): readonly string[] {
    const all = this.pieces.map((p) => p.text).join(''), text = this.reachesStart ? all : all.slice(all.indexOf('\n') + 1)
    if (text === '') return []
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    return lines
  }
}
