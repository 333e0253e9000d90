import { describe, expect, it } from 'vitest'
import { bytesOf, durationOf, figureOf, instantOf } from './time'

describe('lengths of time', () => {
  it.each([
    [0, '0 s'], [0.042, '42 ms'], [0.44, '0.4 s'], [59.9, '59.9 s'], [59.96, '1 min 00 s'], [187, '3 min 07 s'],
    [3600, '1 h 00 min'], [90_000, '1 d 1 h'], [-5, '−5.0 s'],
  ])('%d seconds are %s', (seconds, text) => expect(durationOf(seconds)).toBe(text))
})

describe('sizes', () => {
  it.each([[0, '0 B'], [1023, '1023 B'], [1536, '1.5 KiB'], [1024 * 1024, '1.0 MiB'], [52_000_000, '50 MiB']])(
    '%d bytes are %s', (bytes, text) => expect(bytesOf(bytes)).toBe(text))
})

describe('figures', () => {
  it.each([[0.76921234, '0.76921'], [207951, '207,951'], [0.00000123, '1.230e-6'], [Number.NaN, 'NaN']])(
    '%d reads %s', (value, text) => expect(figureOf(value)).toBe(text))
})

describe('instants', () => {
  const now = new Date(2026, 10, 26, 12, 0, 0)
  it('of today show the time with seconds', () =>
    expect(instantOf(new Date(2026, 10, 26, 9, 5, 7).toISOString(), 'en', now)).toBe('09:05:07'))
  it('of other days show the date', () =>
    expect(instantOf(new Date(2026, 2, 1, 9, 5, 7).toISOString(), 'en', now)).toBe('Mar 1 09:05'))
  it('of other years show the year', () =>
    expect(instantOf(new Date(2025, 2, 1, 9, 5, 7).toISOString(), 'en', now)).toContain('2025'))
})
