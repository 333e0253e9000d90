export interface Finding {
  readonly id: string
  readonly title: string
  readonly kind: string
  readonly run: () => void
}

/** Those whose title holds every word that was typed, titles that begin with the first one leading. */
export function matching(all: readonly Finding[], typed: string, most = 30): readonly Finding[] {
  const words = typed.toLowerCase().split(/\s+/).filter((w) => w.length > 0)
  if (words.length === 0) return all.slice(0, most)
  const fits = all.filter((f) => words.every((w) => f.title.toLowerCase().includes(w)))
  const leads = (f: Finding) => (f.title.toLowerCase().startsWith(words[0]!) ? 0 : 1)
  return fits.toSorted((a, b) => leads(a) - leads(b)).slice(0, most)
}

/** Whether it is the id of a run, which can be opened at once. */
export const isRunId = (typed: unknown): typed is string => typeof typed === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(typed.trim())
