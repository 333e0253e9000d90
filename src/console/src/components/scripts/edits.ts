/** What was changed of a version's files and not saved yet: a text for each that was written, null for each that goes. */
export type Edits = ReadonlyMap<string, string | null>

export interface FileState {
  readonly path: string
  readonly state: 'same' | 'changed' | 'added' | 'removed'
}

/** The files as they would be saved, by path. */
export function filesWith(kept: readonly string[], edits: Edits): readonly FileState[] {
  const files = new Map<string, FileState>(kept.map((path) => [path, { path, state: 'same' }]))
  for (const [path, text] of edits) files.set(path, { path, state: text === null ? 'removed' : files.has(path) ? 'changed' : 'added' })
  return [...files.values()].sort((a, b) => a.path.localeCompare(b.path))
}

/** One more edit; what is as it was in the version is no edit. */
export function edited(edits: Edits, path: string, text: string | null, was: string | undefined): Edits {
  const next = new Map(edits)
  if (text === (was ?? null)) next.delete(path)
  else next.set(path, text)
  return next
}

/** What the next version is to be. */
export function changeOf(edits: Edits, based: number, note: string) {
  const files = [...edits].flatMap(([path, text]) => (text === null ? [] : [{ path, text }]))
  const remove = [...edits].flatMap(([path, text]) => (text === null ? [path] : []))
  return { based, ...(files.length > 0 ? { files } : {}), ...(remove.length > 0 ? { remove } : {}), ...(note.trim() === '' ? {} : { note: note.trim() }) }
}

const languages: Readonly<Record<string, string>> = { py: 'python', json: 'json' }

export const languageOf = (path: string): string => languages[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'plaintext'

/** Whether an editor can show it: binary and very long files are left alone. */
export const isText = (path: string, bytes: number): boolean => bytes <= 2 << 20 && !/\.(png|jpe?g|gif|zip|gz|parquet|onnx|pt|bin|so|whl|pdf)$/i.test(path)

/** A path that a version takes: relative, with forward slashes, and never leading out. */
export const isPath = (path: string): boolean => /^[^/\\\s][^\\]*$/.test(path) && !path.endsWith('/') && path.split('/').every((p) => p !== '' && p !== '.' && p !== '..')

/** A command line in words: spaces part them, quotes keep them together. */
export function wordsIn(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => (double !== undefined ? double.replace(/\\(.)/g, '$1') : single ?? bare!))
}

/** What is most likely run: train.py, main.py, or the only Python file there is. */
export function commandFor(paths: readonly string[]): string {
  const python = paths.filter((p) => p.endsWith('.py'))
  const main = ['train.py', 'main.py', 'run.py'].find((m) => python.includes(m)) ?? python[0]
  return main === undefined ? 'sh run.sh' : `python3 ${main}`
}

/** The pipeline whose one step runs a version of a code folder. */
export const pipelineFor = (name: string, version: number, command: readonly string[], parameters: object | null) => ({
  id: `script-${name}`,
  activities: { run: { type: 'train.script', inputs: { source: { folder: name, version }, command, ...(parameters === null ? {} : { parameters }) } } },
})
