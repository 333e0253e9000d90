import { Modal, Text, TextInput, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState, type KeyboardEvent } from 'react'
import { pipelinesQuery } from '@/api/pipelines/pipelines'
import { systemQuery } from '@/api/system/system'
import { languages, type Language } from '@/i18n/catalogue'
import { useLanguage } from '@/i18n/Language'
import { isRunId, matching, type Finding } from './find'
import { pageGroups } from './pages'
import classes from './Palette.module.css'

/** Finds pages, pipelines and runs, and does what the buttons of the frame do, all from the keyboard. */
export default function Palette({ opened, typed, onType, onClose }: {
  readonly opened: boolean
  readonly typed: string
  readonly onType: (typed: string) => void
  readonly onClose: () => void
}) {
  const { t, language, setLanguage } = useLanguage()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const navigate = useNavigate()
  const pipelines = useQuery({ ...pipelinesQuery, enabled: opened })
  const system = useQuery({ ...systemQuery, enabled: opened })
  const [at, setAt] = useState(0)

  const all = useMemo<Finding[]>(() => [
    ...pageGroups.map((p): Finding => ({ id: p.to, title: t('shell.goTo', { page: t(p.title) }), kind: `g ${p.letter}`, run: () => void navigate({ to: p.to }) })),
    ...(pipelines.data ?? []).map((p): Finding => ({ id: `pipeline:${p.id}`, title: p.id, kind: t('shell.pipelines'), run: () => void navigate({ to: '/pipelines/$pipeline', params: { pipeline: p.id } }) })),
    ...(system.data?.elsaStudio ? [{ id: 'elsa', title: t('shell.goTo', { page: 'Elsa Studio' }), kind: t('shell.pipelines'), run: () => location.assign('/elsa/') }] : []),
    { id: 'scheme', title: t(scheme === 'dark' ? 'shell.light' : 'shell.dark'), kind: '', run: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') },
    ...(Object.keys(languages) as Language[]).filter((l) => l !== language).map((l): Finding => ({ id: l, title: languages[l], kind: t('shell.language'), run: () => setLanguage(l) })),
  ], [t, navigate, pipelines.data, system.data, scheme, setColorScheme, language, setLanguage])
  const found = isRunId(typed)
    ? [{ id: 'run', title: typed.trim(), kind: t('shell.runs'), run: () => void navigate({ to: '/runs/$run', params: { run: typed.trim() } }) }]
    : matching(all, typed)
  const chosen = Math.min(at, found.length - 1)

  function close() {
    onType('')
    setAt(0)
    onClose()
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setAt((chosen + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % Math.max(1, found.length))
    } else if (event.key === 'Enter' && found[chosen]) {
      event.preventDefault()
      close()
      found[chosen].run()
    }
  }

  return (
    <Modal opened={opened} onClose={close} withCloseButton={false} padding={0} size={560} centered={false} yOffset="12vh" aria-label={t('shell.find')}>
      <TextInput
        data-autofocus variant="unstyled" size="md" px="md" placeholder={t('shell.findHint')} aria-label={t('shell.find')} role="combobox" aria-expanded="true"
        aria-controls="palette" aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined} value={typed}
        onChange={(e) => { onType(e.currentTarget.value); setAt(0) }} onKeyDown={onKeyDown}
      />
      <div className={classes.list} id="palette" role="listbox" aria-label={t('shell.find')}>
        {found.map((f, i) => (
          <div key={f.id} id={`palette-${i}`} role="option" aria-selected={i === chosen} className={classes.item} onMouseMove={() => setAt(i)} onClick={() => { close(); f.run() }}>
            {f.title}<span className={classes.kind}>{f.kind}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <Text size="sm" c="dimmed" p="md" pt={0}>{t('shell.nothingFound')}</Text>}
    </Modal>
  )
}
