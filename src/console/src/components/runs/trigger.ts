import type { Run } from '@/api/runs/runs'

/** What started a run, in a word or two: `manual`, `cron nightly`. */
export function triggerOf(run: Pick<Run, 'trigger'>): string {
  const facts = run.trigger as { readonly type?: string; readonly name?: string; readonly trigger?: string; readonly by?: string } | null
  return [facts?.type, facts?.name ?? facts?.trigger ?? facts?.by].filter((word) => typeof word === 'string').join(' · ')
}
