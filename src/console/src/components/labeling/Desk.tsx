import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { givenQuery, nextQuery, saveAnswer, withdrawAnswer, type LabelBatch } from '@/api/labels/labels'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { ProblemView } from '../problem/ProblemView'
import { shortOf, undoable } from './answer'
import { Given } from './Given'
import classes from './Labeling.module.css'
import { useKeys } from './useKeys'
import { Working } from './Working'

interface DeskOf {
  readonly batch: LabelBatch
  readonly annotator: string | undefined
  readonly who: string
}

/** Where a person labels. An item is kept from others once it is asked for, so none is until the person begins: who only looks takes nothing. */
export function Desk(desk: DeskOf) {
  const t = useText()
  const { batch } = desk
  const [begun, setBegun] = useState(false)
  if (begun || batch.status !== 'open') return <Labeling {...desk} />
  return (
    <Empty title={t('labeling.ready', { done: batch.done, items: batch.items })}>
      <p style={{ margin: '0 0 12px' }}>{t('labeling.readyWhat')}</p>
      <Button onClick={() => setBegun(true)} autoFocus>{t('labeling.begin')}</Button>
    </Empty>
  )
}

/** One item at a time, one key for an answer. The next item shows once the server holds the answer. */
function Labeling({ batch, annotator, who }: DeskOf) {
  const t = useText()
  const queries = useQueryClient()
  const next = useQuery(nextQuery(batch.id, annotator))
  const given = useQuery(givenQuery(batch.id, who))
  const last = undoable(given.data ?? [])
  const [told, setTold] = useState('')
  // The item, what is left of the batch and what was given: all of them changed with the answer. Hands are free as soon as the next item is there.
  const look = () => {
    void queries.invalidateQueries({ queryKey: ['labels', batch.id], exact: true })
    void queries.invalidateQueries({ queryKey: ['labels', batch.id, 'given'] })
    return queries.invalidateQueries({ queryKey: ['labels', batch.id, 'next'] })
  }
  const saving = useMutation({
    mutationFn: async ({ item, revision, value }: { readonly item: number; readonly revision: number; readonly value: unknown }) => {
      await saveAnswer(batch.id, item, revision, value, annotator)
      setTold(value === null ? t('labeling.keptSkip', { item }) : t('labeling.kept', { item, answer: shortOf(value) ?? '' }))
      await look()
    },
  })
  const undoing = useMutation({
    mutationFn: async () => {
      if (!last) return
      await withdrawAnswer(batch.id, last.item, last.revision, annotator)
      setTold(t('labeling.undone', { item: last.item }))
      await look()
    },
  })
  const isBusy = saving.isPending || undoing.isPending
  // While it is asked what was given last, the answer before it must not be taken for it.
  const canUndo = last !== undefined && batch.status === 'open' && !isBusy && !given.isFetching
  const undo = () => { if (canUndo) { saving.reset(); undoing.mutate() } }
  const error = saving.error ?? undoing.error
  return (
    <>
      <div role="status" className="quiet" style={{ fontSize: 13, minHeight: 18 }}>{told}</div>
      {error && <ProblemView error={error} onRetry={() => { saving.reset(); undoing.reset(); void look() }} />}
      <Loaded query={next}>
        {(found) => found.item == null
          ? (
            <>
              {batch.status === 'open' && <UndoKey onUndo={undo} />}
              <Empty title={t(batch.status === 'closed' ? 'labeling.closed' : 'labeling.nothingLeft')}>
                {batch.status === 'closed' ? t('labeling.closedWhy', { why: batch.closedBecause ?? '' }) : t('labeling.nothingLeftWhy', { done: batch.done, items: batch.items })}{' '}
                <Link to="/runs/$run" params={{ run: batch.run }}>{t('labeling.toRun')}</Link> · <Link to="/data" search={{ tab: 'labeling' }}>{t('labeling.toBatches')}</Link>
              </Empty>
              <div style={{ maxWidth: 420, width: '100%', margin: '0 auto' }}><Given given={given.data ?? []} onUndo={canUndo ? undo : undefined} /></div>
            </>
          )
          : (
            <div className={classes.desk}>
              <Working
                key={`${found.item.item} ${found.revision}`} batch={batch} next={found} item={found.item} isBusy={isBusy}
                onSave={(value) => { undoing.reset(); saving.mutate({ item: found.item!.item, revision: found.revision, value }) }} onUndo={undo}
                given={<Given given={given.data ?? []} onUndo={canUndo ? undo : undefined} />}
              />
            </div>
          )}
      </Loaded>
    </>
  )
}

// With nothing left to label, the last answer can still be taken back by its key.
function UndoKey({ onUndo }: { readonly onUndo: () => void }) {
  useKeys('pairwise', (press) => { if (press.does === 'undo') onUndo() })
  return null
}
