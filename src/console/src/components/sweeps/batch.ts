/** How one parameter of a pipeline is given in a batch. */
export type Search =
  | { readonly how: 'default' }
  | { readonly how: 'fixed'; readonly text: string }
  | { readonly how: 'values'; readonly text: string }
  | { readonly how: 'range'; readonly min: number | ''; readonly max: number | ''; readonly scale: 'linear' | 'log'; readonly points: number | '' }

/** A parameter as its pipeline declares it. */
export interface Declared {
  readonly name: string
  readonly type: string
  readonly description: string
  readonly byDefault: unknown
  readonly choices: readonly unknown[] | null
}

export interface Batch {
  readonly name: string
  readonly pipeline: string
  readonly objective: { readonly of: 'output' | 'metric'; readonly name: string; readonly direction: 'maximize' | 'minimize' }
  readonly sampler: 'grid' | 'random' | 'sobol' | 'tpe'
  readonly parallel: number | ''
  /** Empty: every combination of a grid, or what the platform gives by itself. */
  readonly trials: number | ''
  readonly searches: Readonly<Record<string, Search>>
}

const record = (value: unknown): Readonly<Record<string, unknown>> => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {})

export const declaredIn = (file: unknown): readonly Declared[] => Object.entries(record(record(file).parameters)).map(([name, given]) => {
  const { type, description, default: byDefault, enum: choices } = record(given)
  return { name, type: String(type ?? 'string'), description: typeof description === 'string' ? description : '', byDefault, choices: Array.isArray(choices) ? choices : null }
})

export const outputsIn = (file: unknown): readonly string[] => Object.keys(record(record(file).outputs))


/** What a person wrote for one value of a type, as JSON; null where it is none. */
export function valueIn(text: string, type: string): { readonly value: unknown } | null {
  const trimmed = text.trim()
  if (type === 'string' || type === 'date' || type === 'datetime') return { value: trimmed }
  try {
    const value: unknown = JSON.parse(trimmed)
    const fits = type === 'integer' ? Number.isInteger(value) : type === 'number' ? typeof value === 'number' : type === 'boolean' ? typeof value === 'boolean' : true
    return fits ? { value } : null
  } catch {
    return null
  }
}

/** The values between commas; of lists and objects, a list in JSON. The first that does not fit is told. */
export function valuesIn(text: string, type: string): { readonly values: readonly unknown[] } | { readonly wrong: string } {
  if (type === 'list' || type === 'object') {
    const list = valueIn(text, type)?.value
    return Array.isArray(list) ? { values: list as unknown[] } : { wrong: text.trim() }
  }
  const values: unknown[] = []
  for (const piece of text.split(/[,，\n]/).filter((p) => p.trim() !== '')) {
    const found = valueIn(piece, type)
    if (found === null) return { wrong: piece.trim() }
    values.push(found.value)
  }
  return values.length > 0 ? { values } : { wrong: '' }
}

export interface Asked {
  /** The sweep as the API takes it; null where a field is not filled in yet. */
  readonly sweep: object | null
  /** Parameters whose field says nothing that fits. */
  readonly wrong: ReadonlyMap<string, string>
}

/** What a form asks for. */
export function askedFor(batch: Batch, declared: readonly Declared[]): Asked {
  const wrong = new Map<string, string>()
  const space: Record<string, object> = {}
  const parameters: Record<string, unknown> = {}
  for (const { name, type } of declared) {
    const search = batch.searches[name] ?? { how: 'default' }
    switch (search.how) {
      case 'default': break
      case 'fixed': {
        const found = valueIn(search.text, type)
        if (found === null) wrong.set(name, search.text)
        else parameters[name] = found.value
        break
      }
      case 'values': {
        const found = valuesIn(search.text, type)
        if ('wrong' in found) wrong.set(name, found.wrong)
        else space[name] = { type: 'choice', values: found.values }
        break
      }
      case 'range': {
        const { min, max, scale, points } = search
        if (min === '' || max === '') wrong.set(name, '')
        else space[name] = { type: type === 'integer' ? 'int' : 'float', min, max, scale, ...(points === '' ? {} : { points }) }
        break
      }
    }
  }
  const isReady = batch.pipeline !== '' && batch.name !== '' && batch.objective.name !== '' && wrong.size === 0 && Object.keys(space).length > 0
  const sweep = isReady ? {
    id: batch.name, pipeline: batch.pipeline,
    objective: { [batch.objective.of]: batch.objective.name, direction: batch.objective.direction },
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
    space, sampler: batch.sampler, parallel: batch.parallel === '' ? 1 : batch.parallel,
    ...(batch.trials === '' ? {} : { budget: { trials: batch.trials } }),
  } : null
  return { sweep, wrong }
}

/** The best value up to each trial that completed, in the order they ended. */
export function bestSoFar(trials: readonly { readonly number: number; readonly state: string; readonly value?: number | null }[], maximize: boolean): { readonly steps: number[]; readonly values: number[] } {
  const steps: number[] = []
  const values: number[] = []
  for (const { number, state, value } of trials.toSorted((a, b) => a.number - b.number)) {
    if (state !== 'completed' || value == null) continue
    const before = values.at(-1)
    steps.push(number)
    values.push(before === undefined ? value : maximize ? Math.max(before, value) : Math.min(before, value))
  }
  return { steps, values }
}
