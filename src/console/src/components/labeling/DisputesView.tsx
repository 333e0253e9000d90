import { useQuery } from '@tanstack/react-query'
import { decideItem, disputesQuery, type Dispute, type LabelBatch } from '@/api/labels/labels'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Card, Scroll } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { shortOf } from './answer'
import { ItemView } from './ItemView'
import classes from './Labeling.module.css'

const most = 100 // disputes that are shown at once: as they are decided, the next come up

/** Items on which people disagree; one of their answers is made to stand. */
export function DisputesView({ batch, who }: { readonly batch: LabelBatch; readonly who: string }) {
  const t = useText()
  const disputes = useQuery(disputesQuery(batch.id))
  return (
    <Loaded query={disputes}>
      {(all) => all.length === 0
        ? <Empty title={t('labeling.noDispute')}>{t(batch.perItem > 1 ? 'labeling.noDisputeHow' : 'labeling.onePerson')}</Empty>
        : (
          <Scroll label={t('labeling.disputes')}>
            {all.slice(0, most).map((d) => <DisputeCard key={d.item.item} batch={batch} dispute={d} who={who} />)}
          </Scroll>
        )}
    </Loaded>
  )
}

function DisputeCard({ batch, dispute, who }: { readonly batch: LabelBatch; readonly dispute: Dispute; readonly who: string }) {
  const t = useText()
  const answers = new Map<string, { readonly value: unknown; readonly people: string[] }>()
  for (const a of dispute.answers) {
    if (a.action !== 'save') continue
    const key = JSON.stringify(a.value)
    answers.set(key, { value: a.value, people: [...(answers.get(key)?.people ?? []), a.annotator] })
  }
  const revision = dispute.answers.find((a) => a.annotator === who)?.revision ?? 0
  const { item, key, data } = dispute.item
  return (
    <Card title={t('labeling.item', { item, key })}>
      <ItemView
        kind="classification" data={data} draft={{ choices: [], prefer: null, spans: [], boxes: [] }} marks={{ selected: null, chosen: -1, label: '' }}
        colourOf={() => ''} onSelect={() => {}} onDraw={() => {}} onChoose={() => {}}
      />
      <div className={classes.dispute}>
        {[...answers].map(([id, { value, people }]) => (
          <ActionButton
            key={id} label={t('labeling.decide', { answer: shortOf(value) ?? '', people: people.join(', ') })}
            will={t('labeling.decideWill', { answer: shortOf(value) ?? '', item })} act={() => decideItem(batch.id, item, revision, value)} changes={[['labels']]}
          />
        ))}
      </div>
    </Card>
  )
}
