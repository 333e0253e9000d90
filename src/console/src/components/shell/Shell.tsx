import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconApi, IconLanguage, IconLayoutSidebar, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { leave, tokenOf } from '@/api/access/token'
import { languages, type Language } from '@/i18n/catalogue'
import { useLanguage } from '@/i18n/Language'
import { Boundary } from '../problem/Boundary'
import { pageGroups } from './pages'
import { useEarlyKeys, useShortcuts } from './shortcuts'
import classes from './Shell.module.css'

const Palette = lazy(() => import('./Palette'))

/** The frame around every page. */
export function Shell() {
  const { t, language, setLanguage } = useLanguage()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const navigate = useNavigate()
  const [finding, setFinding] = useState(false)
  const [wasFinding, setWasFinding] = useState(false)
  const [typed, setTyped] = useState('')
  const [narrow, setNarrow] = useState(() => localStorage.getItem('mlp.narrow') === '1')

  useEffect(() => localStorage.setItem('mlp.narrow', narrow ? '1' : '0'), [narrow])
  const find = () => { setFinding(true); setWasFinding(true) }
  useShortcuts({ onFind: find, onGo: (to) => void navigate({ to }) })
  useEarlyKeys(finding, (text) => setTyped((before) => before + text))

  return (
    <div className={classes.shell} data-narrow={narrow ? '' : undefined}>
      <a className={classes.skip} href="#content">{t('shell.skip')}</a>
      <nav className={classes.side} aria-label={t('shell.navigation')}>
        <Link to="/" className={classes.brand} aria-label="MLPlatform"><img src="/icon.svg" alt="" /><span className={classes.word}>MLPlatform</span></Link>
        <button type="button" className={classes.find} onClick={find} aria-label={narrow ? t('shell.find') : undefined} aria-keyshortcuts="Control+K">
          <IconSearch size={14} aria-hidden="true" /><span className={classes.word}>{t('shell.find')}</span><kbd className={classes.word} aria-hidden="true">Ctrl K</kbd>
        </button>
        {pageGroups.map((page) => (
          <Link key={page.to} to={page.to} className={classes.link} title={narrow ? t(page.title) : `g ${page.letter}`} aria-label={narrow ? t(page.title) : undefined}>
            <page.icon size={16} stroke={1.7} aria-hidden="true" /><span className={classes.word}>{t(page.title)}</span>
          </Link>
        ))}
        <div className={classes.foot}>
          <Tooltip label={t(narrow ? 'shell.wide' : 'shell.narrow')}>
            <ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t(narrow ? 'shell.wide' : 'shell.narrow')} onClick={() => setNarrow(!narrow)}><IconLayoutSidebar size={16} /></ActionIcon>
          </Tooltip>
          <Tooltip label={t(scheme === 'dark' ? 'shell.light' : 'shell.dark')}>
            <ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t(scheme === 'dark' ? 'shell.light' : 'shell.dark')} onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
              {scheme === 'dark' ? <IconSun size={16} /> : <IconMoon size={16} />}
            </ActionIcon>
          </Tooltip>
          <Menu position="top-start">
            <Menu.Target><ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('shell.language')}><IconLanguage size={16} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              {(Object.keys(languages) as Language[]).map((l) => <Menu.Item key={l} onClick={() => setLanguage(l)} fw={l === language ? 600 : 400}>{languages[l]}</Menu.Item>)}
            </Menu.Dropdown>
          </Menu>
          <Tooltip label={t('shell.api')}>
            <ActionIcon component="a" href="/docs" variant="subtle" color="gray" c="var(--quiet)" aria-label={t('shell.api')}><IconApi size={16} /></ActionIcon>
          </Tooltip>
          {tokenOf() !== null && (
            <Tooltip label={t('access.leave')}>
              <ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('access.leave')} onClick={() => { leave(); location.reload() }}><IconLogout size={16} /></ActionIcon>
            </Tooltip>
          )}
        </div>
      </nav>
      <main className={classes.main} id="content" tabIndex={-1}>
        <Boundary><Outlet /></Boundary>
      </main>
      {wasFinding && <Suspense><Palette opened={finding} typed={typed} onType={setTyped} onClose={() => setFinding(false)} /></Suspense>}
    </div>
  )
}
