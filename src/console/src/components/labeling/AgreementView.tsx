import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { agreementQuery, type Agreement } from '@/api/labels/labels'
import { useText } from '@/i18n/Language'
import { Card, Facts } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'

type Person = Agreement['people'][number]
type Pair = Agreement['pairs'][number]

const percent = (part: number, of: number): string => (of === 0 ? '–' : `${Math.round((100 * part) / of)} %`)

/** How far the people of a batch agree beyond chance, who did how much, and how often each was right where that is known. */
export function AgreementView({ batch, perItem }: { readonly batch: string; readonly perItem: number }) {
  const t = useText()
  const report = useQuery(agreementQuery(batch))
  const gold = useMemo(() => new Map(report.data?.gold.map((g) => [g.annotator, g])), [report.data])
  const people = useMemo<Column<Person>[]>(() => [
    { key: 'who', title: t('labeling.person'), width: 'minmax(140px, 2fr)', cell: (p) => p.annotator },
    { key: 'labeled', title: t('labeling.labeled'), width: '110px', end: true, cell: (p) => figureOf(p.labeled) },
    { key: 'skipped', title: t('labeling.skippedItems'), width: '110px', end: true, cell: (p) => figureOf(p.skipped) },
    { key: 'decided', title: t('labeling.decided'), width: '110px', end: true, cell: (p) => figureOf(p.decided) },
    { key: 'right', title: t('labeling.right'), width: '170px', end: true, cell: (p) => { const g = gold.get(p.annotator); return g ? `${g.right} / ${g.judged} · ${percent(g.right, g.judged)}` : <span className="quiet">–</span> } },
  ], [t, gold])
  const pairs = useMemo<Column<Pair>[]>(() => [
    { key: 'a', title: t('labeling.person'), width: 'minmax(120px, 1fr)', cell: (p) => p.first },
    { key: 'b', title: t('labeling.and'), width: 'minmax(120px, 1fr)', cell: (p) => p.second },
    { key: 'items', title: t('labeling.both'), width: '130px', end: true, cell: (p) => figureOf(p.items) },
    { key: 'same', title: t('labeling.same'), width: '130px', end: true, cell: (p) => `${p.same} · ${percent(p.same, p.items)}` },
    { key: 'kappa', title: t('labeling.cohen'), width: '140px', end: true, cell: (p) => (p.kappa == null ? '–' : figureOf(p.kappa)) },
  ], [t])
  const known = (value: number | null | undefined) => (value == null ? t('labeling.undefined') : figureOf(value))
  return (
    <Loaded query={report}>
      {(r) => r.people.length === 0
        ? <Empty title={t('labeling.noAnswer')}>{t('labeling.noAnswerHow')}</Empty>
        : (
          <>
            <Card title={t('labeling.agreement')}>
              <Facts of={[
                [t('labeling.twice'), figureOf(r.items)],
                [<span key="a" title={t('labeling.alphaWhat')}>{t('labeling.alpha')}</span>, known(r.alpha)],
                [t('labeling.alphaInterval'), r.alphaInterval == null ? null : figureOf(r.alphaInterval)],
                [t('labeling.fleiss'), known(r.fleiss)],
              ]}
              />
              <span className="quiet" style={{ fontSize: 12 }}>{t(perItem > 1 ? 'labeling.alphaWhat' : 'labeling.onePerson')}</span>
            </Card>
            <div style={{ flex: '1 1 0', minHeight: 150, display: 'flex' }}><Table label={t('labeling.people')} columns={people} rows={r.people} keyOf={(p) => p.annotator} /></div>
            {r.pairs.length > 0 && <div style={{ flex: '1 1 0', minHeight: 150, display: 'flex' }}><Table label={t('labeling.pairs')} columns={pairs} rows={r.pairs} keyOf={(p) => `${p.first} ${p.second}`} /></div>}
          </>
        )}
    </Loaded>
  )
}
