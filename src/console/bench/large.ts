type Activity = Readonly<Record<string, unknown>> & { readonly type: string }

const steps: readonly ((after: string) => Activity)[] = [
  (after) => ({ type: 'control.noop', dependsOn: [after] }),
  (after) => ({ type: 'train.script', dependsOn: [after], inputs: { command: ['python3', 'train.py'] } }),
  (after) => ({ type: 'train.vlps', dependsOn: [after], inputs: { samples: '${{ activities.begin.outputs.table }}', label: 'clicked', features: '${{ activities.features.outputs.features }}', model: 'fm', dim: 8 } }),
  (after) => ({ type: 'data.clean', dependsOn: [after], inputs: { table: '${{ activities.begin.outputs.table }}', rules: [{ dropDuplicates: true }] } }),
]

/** A pipeline of 301 activities: what begins it, and twenty chains: of four types, from one without inputs to the one with the most. */
export function largePipeline(): { readonly id: string; readonly activities: Readonly<Record<string, Activity>> } {
  const activities: Record<string, Activity> = { begin: { type: 'data.import', inputs: { from: { file: 'clicks.csv' } } }, features: { type: 'features.build', inputs: { table: '${{ activities.begin.outputs.table }}', features: [{ hash: ['user', 'app'] }] } } }
  for (let chain = 0; chain < 20; chain++) {
    for (let place = 0; place < 15 && Object.keys(activities).length < 301; place++) {
      const after = place === 0 ? 'features' : `step-${chain}-${place - 1}`
      activities[`step-${chain}-${place}`] = steps[(chain + place) % steps.length]!(after)
    }
  }
  return { id: 'large', activities }
}
