import type { Run } from '@/api/runs/runs'

interface Facts {
  readonly type?: string
  readonly name?: string
  readonly trigger?: string
  readonly by?: string
}

/** What started a run, in a word or two: `manual`, `cron nightly`. The pipeline's own name says nothing new here. */
export function triggerOf(run: Pick<Run, 'trigger' | 'pipeline'>): string {
  const facts = (run.trigger ?? {}) as Facts
  const name = facts.name ?? facts.trigger?.replace(`${run.pipeline}/`, '')
  return [facts.type, name ?? facts.by].filter((word) => typeof word === 'string').join(' · ')
}
