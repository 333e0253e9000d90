import { describe, expect, it } from 'vitest'
import { linesOf } from './lines'

describe('the lines of a field', () => {
  it.each([
    ['', 1],
    ['clicked', 1],
    ['a\nb\n', 3],
    ['x'.repeat(37), 2],
    ['x\n'.repeat(40), 8],
  ])('%j takes %i', (text, lines) => {
    expect(linesOf(text)).toBe(lines)
  })
})
