import { describe, expect, it } from 'vitest'
import type { LogPiece } from '@/api/runs/logs'
import { LogWindow, step } from './logWindow'

const piece = (text: string, next: number, bytes = 1000): LogPiece => ({ attempt: 'x', number: 1, text, next, bytes, complete: false })

describe('a window of a log', () => {
  it('leaves out the line that it begins in the middle of', () => expect(LogWindow.at(100, piece('alf\nwhole\n', 110)).lines()).toEqual(['whole']))
  it('keeps the first line of the log', () => expect(LogWindow.at(0, piece('first\nsec', 9)).lines()).toEqual(['first', 'sec']))
  it('puts a line together that lies in two pieces', () =>
    expect(LogWindow.at(0, piece('one\ntw', 6)).after(piece('o\nthree\n', 14)).lines()).toEqual(['one', 'two', 'three']))
  it('grows at its start', () => {
    const window = LogWindow.at(100, piece('nds\nb\n', 106)).before(50, piece('y\na\nthis e', 100))
    expect(window.lines()).toEqual(['a', 'this ends', 'b'])
    expect(window.from).toBe(50)
  })
  it('never keeps more than its bound, however long the log', () => {
    let window = LogWindow.at(0, piece('0\n', step, 1e10))
    for (let i = 1; i < 200; i++) window = window.after(piece(`${i}\n`, (i + 1) * step, 1e10))
    expect(window.pieces.length).toBeLessThan(20)
    expect(window.lines().at(-1)).toBe('199')
    expect(window.lines().length).toBeLessThanOrEqual(window.pieces.length)
    expect(window.from).toBeGreaterThan(0)
  })
  it('knows when it shows the end', () => {
    expect(LogWindow.at(0, piece('a\n', 2, 2)).reachesEnd).toBe(true)
    expect(LogWindow.at(0, piece('a\n', 2, 4)).reachesEnd).toBe(false)
  })
  it('goes on where what came has nothing to show, as colours have not', () => {
    const window = LogWindow.at(0, piece('a\n', 2, 2)).grown('', 6)
    expect(window.reachesEnd).toBe(true)
    expect(window.grown('b\n', 8).lines()).toEqual(['a', 'b'])
    expect(window.after(piece('', 6, 9)).to).toBe(6)
  })
})
