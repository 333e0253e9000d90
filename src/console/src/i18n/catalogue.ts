import { access } from './messages/access'
import { alarms } from './messages/alarms'
import { artifacts } from './messages/artifacts'
import { data } from './messages/data'
import { designer } from './messages/designer'
import { experiments } from './messages/experiments'
import { labeling } from './messages/labeling'
import { models } from './messages/models'
import { pages } from './messages/pages'
import { pipelines } from './messages/pipelines'
import { resources } from './messages/resources'
import { runs } from './messages/runs'
import { scripts } from './messages/scripts'
import { settings } from './messages/settings'
import { shell } from './messages/shell'
import { states } from './messages/states'
import { workspaces } from './messages/workspaces'

const parts = [shell, states, artifacts, access, pages, pipelines, runs, designer, data, labeling, models, experiments, resources, alarms, workspaces, scripts, settings] as const

type Part = (typeof parts)[number]
type KeysOf<P> = P extends { en: infer E } ? keyof E : never

export type Key = KeysOf<Part> & string

export type Language = 'en' | 'zh'

export const languages: Readonly<Record<Language, string>> = { en: 'English', zh: '简体中文' }

const catalogues: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: Object.assign({}, ...parts.map((p) => p.en)) as Record<string, string>,
  zh: Object.assign({}, ...parts.map((p) => p.zh)) as Record<string, string>,
}

export type Values = Readonly<Record<string, string | number>>

/** The text of a key, with `{name}` replaced. `{n|one|many}` chooses by the number n. */
export function textOf(language: Language, key: Key, values: Values = {}): string {
  const text = catalogues[language][key] ?? key
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name]
    if (value === undefined) return whole
    if (one === undefined || many === undefined) return String(value)
    return (value === 1 ? one : many).replace('#', String(value))
  })
}

export function languageOf(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith('zh')) return 'zh'
    if (tag.toLowerCase().startsWith('en')) return 'en'
  }
  return 'en'
}
