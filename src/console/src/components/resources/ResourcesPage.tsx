import { useText } from '@/i18n/Language'
import { getRouteApi } from '@tanstack/react-router'
import { Page } from '../shell/Page'
import { PageTabs } from '../shell/PageTabs'
import { resourceTabs } from '../shell/tabs'
import { Budgets } from './Budgets'
import { Expansions } from './Expansions'
import { Pools } from './Pools'
import { Quotas } from './Quotas'
import { Scores } from './Scores'
import { Usage } from './Usage'
import { Waiting } from './Waiting'

const route = getRouteApi('/resources')

/** What there is, who uses it, who may use how much of it, and who waits for it. */
export function ResourcesPage() {
  const t = useText()
  const { tab = 'pools' } = route.useSearch()
  return (
    <Page title={t('shell.resources')}>
      <PageTabs label={t('shell.resources')} chosen={tab} tabs={resourceTabs.map((value) => ({ value, label: t(`resources.${value}`) }))} />
      {tab === 'pools' && <Pools />}
      {tab === 'quotas' && <Quotas />}
      {tab === 'expansions' && <Expansions />}
      {tab === 'waiting' && <Waiting />}
      {tab === 'budgets' && <Budgets />}
      {tab === 'usage' && <Usage />}
      {tab === 'scores' && <Scores />}
    </Page>
  )
}
