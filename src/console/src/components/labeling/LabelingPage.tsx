import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { meQuery } from '@/api/access/access'
import { batchQuery, closeBatch } from '@/api/labels/labels'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Meter } from '../facts/Facts'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { PageTabs } from '../shell/PageTabs'
import { labelingTabs } from '../shell/tabs'
import { When } from '../time/When'
import { AgreementView } from './AgreementView'
import { Desk } from './Desk'
import { DisputesView } from './DisputesView'

const route = getRouteApi('/data/labeling/$batch')

/** A batch that people label: the desk, how far they agree, and what they disagree on. */
export function LabelingPage() {
  const t = useText()
  const { batch: id } = route.useParams()
  const { tab = 'label', as } = route.useSearch()
  const batch = useQuery(batchQuery(id))
  const me = useQuery(meQuery)
  const b = batch.data
  return (
    <Page
      title={b ? `${b.pipeline} · ${b.activity}` : t('data.labeling')} trail={<Link to="/data" search={{ tab: 'labeling' }}>{t('data.labeling')}</Link>}
      beside={b && (
        <span style={{ display: 'flex', alignItems: 'center', gap: 10, fontSize: 13 }} className="quiet">
          <span className="num">{t('labeling.progress', { done: b.done, items: b.items })}</span>
          <span style={{ width: 160 }}><Meter label={t('data.progress')} used={b.done} total={b.items} /></span>
          {b.deadline != null && b.status === 'open' && <span>{t('labeling.until')} <When at={b.deadline} /></span>}
        </span>
      )}
      actions={b?.status === 'open' && <ActionButton label={t('labeling.close')} will={t('labeling.closeWill', { left: b.items - b.done })} act={() => closeBatch(id)} changes={[['labels']]} danger />}
    >
      <div style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
        <PageTabs label={t('data.labeling')} chosen={tab} tabs={labelingTabs.map((value) => ({ value, label: t(`labeling.${value}`) }))} />
        {tab === 'label' && me.data?.role === 'admin' && <AnswerAs as={as} />}
      </div>
      <Loaded query={me}>
        {({ name }) => (
          <Loaded query={batch}>
            {(found) => (
              <>
                {tab === 'label' && <Desk key={as ?? ''} batch={found} annotator={as} who={as ?? name} />}
                {tab === 'agreement' && <AgreementView batch={id} perItem={found.perItem} />}
                {tab === 'disputes' && <DisputesView batch={found} who={name} />}
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  )
}

// Without tokens everybody at this computer is the same person; an administrator may say who sits there.
function AnswerAs({ as }: { readonly as: string | undefined }) {
  const t = useText()
  const navigate = useNavigate()
  const [name, setName] = useState(as ?? '')
  return (
    <form style={{ marginLeft: 'auto' }} onSubmit={(e) => { e.preventDefault(); void navigate({ to: '.', search: ((old: object) => ({ ...old, as: name.trim() || undefined })) as never, replace: true }) }}>
      <TextInput w={230} aria-label={t('labeling.as')} placeholder={t('labeling.as')} value={name} maxLength={128} onChange={(e) => setName(e.currentTarget.value)} onBlur={(e) => { if (name.trim() !== (as ?? '')) e.currentTarget.form?.requestSubmit() }} />
    </form>
  )
}
