import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react'
import { languageOf, textOf, type Key, type Language, type Values } from './catalogue'

export type Text = (key: Key, values?: Values) => string

interface Speaking {
  readonly language: Language
  readonly setLanguage: (language: Language) => void
  readonly t: Text
}

const stored = 'mlp.language'
const Context = createContext<Speaking>({ language: 'en', setLanguage: () => {}, t: (key, values) => textOf('en', key, values) })

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => {
    const kept = localStorage.getItem(stored)
    return kept === 'en' || kept === 'zh' ? kept : languageOf(navigator.languages)
  })
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en'
  }, [language])
  const value = useMemo<Speaking>(
    () => ({
      language,
      setLanguage: (next) => {
        localStorage.setItem(stored, next)
        setLanguage(next)
      },
      t: (key, values) => textOf(language, key, values),
    }),
    [language],
  )
  return <Context value={value}>{children}</Context>
}

/** The function that gives texts in the reader's language. */
export const useText = (): Text => use(Context).t

export const useLanguage = (): Speaking => use(Context)
