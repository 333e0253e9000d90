import { Textarea } from '@mantine/core'
import { useState } from 'react'
import type { Json } from '../model/json'
import { linesOf } from './lines'
import classes from './Form.module.css'

const write = (value: Json | undefined): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value))

// Words are words; what reads as JSON is what it reads as.
const read = (text: string): Json | undefined => {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** Any JSON. Text that is no JSON is taken as text. */
export function JsonInput({ value, onChange, label, id, wrong, placeholder }: {
  readonly value: Json | undefined
  readonly onChange: (value: Json | undefined) => void
  readonly label: string
  readonly id: string
  readonly wrong: boolean
  readonly placeholder: string
}) {
  const [typed, setTyped] = useState<string | null>(null)
  return (
    <Textarea
      id={id} aria-label={label} rows={linesOf((typed ?? write(value)) || placeholder)} spellCheck={false} placeholder={placeholder} error={wrong} classNames={{ input: `${classes.mono} ${classes.grows}` }}
      value={typed ?? write(value)} onFocus={() => setTyped(write(value))} onBlur={() => setTyped(null)}
      onChange={(e) => { setTyped(e.currentTarget.value); onChange(read(e.currentTarget.value)) }}
    />
  )
}
