import { labels } from './labels'

export interface Given {
  readonly pipeline: { readonly id: string } & Record<string, unknown>
  /** Whether the tests wait for its end. */
  readonly ends: boolean
  readonly files?: Readonly<Record<string, string>>
}

/** What runs before the pages are looked at. */
export const pipelines = {
  chain: {
    ends: true,
    pipeline: {
      id: 'chain', basic: { name: 'A chain', owner: 'tests' },
      activities: {
        first: { type: 'control.noop' },
        each: { type: 'control.noop', forEach: [1, 2, 3], dependsOn: ['first'] },
        last: { type: 'control.noop', dependsOn: ['each'] },
      },
    },
  },
  failing: {
    ends: true,
    pipeline: {
      id: 'failing',
      alarms: [{ on: ['failed'], severity: 'critical', to: ['oncall'] }],
      activities: {
        good: { type: 'control.noop' },
        bad: { type: 'control.wait', dependsOn: ['good'] },
        after: { type: 'control.noop', dependsOn: ['bad'] },
      },
    },
  },
  script: {
    ends: true,
    pipeline: {
      id: 'script',
      activities: {
        talk: {
          type: 'train.script',
          inputs: {
            command: ['/usr/bin/python3', '-c', [
              'import json, os, pathlib',
              'for i in range(60000):',
              "    print(f'step {i} of the training')",
              "    if i == 21000: print('ValueError: a needle in the log')",
              "folder = pathlib.Path(os.environ['MLP_ATTEMPT_DIR'])",
              "(folder / 'page').mkdir()",
              "(folder / 'page' / 'report.html').write_text('<h1>How it went</h1><script>alert(1)</script>')",
              "(folder / 'outputs.json').write_text(json.dumps({'auc': 0.75, 'report': {'$file': 'page', 'kind': 'report'}}))",
            ].join('\n')],
          },
        },
      },
      outputs: { auc: '${{ activities.talk.outputs.auc }}' },
    },
  },
  store: {
    ends: true,
    pipeline: {
      id: 'store',
      basic: { name: 'A small app store', owner: 'tests' },
      activities: {
        simulate: { type: 'sample.appstore', inputs: { seed: 1, days: 3, users: 100, impressionsPerDay: 1000 } },
        impressions: { type: 'bees.collect', inputs: { artifact: '${{ activities.simulate.outputs.impressions }}', format: 'jsonl', eventTime: 'eventTime' } },
        feedback: { type: 'bees.collect', inputs: { artifact: '${{ activities.simulate.outputs.feedback }}', format: 'jsonl', eventTime: 'eventTime' } },
        label: {
          type: 'data.label',
          inputs: {
            impressions: '${{ activities.impressions.outputs.table }}', feedback: '${{ activities.feedback.outputs.table }}', key: ['eventId'], feedbackKey: ['impressionId'],
            impressionTime: 'eventTime', feedbackTime: 'eventTime', window: 'PT1H', label: 'clicked',
          },
        },
        samples: { type: 'data.sql', inputs: { tables: { labeled: '${{ activities.label.outputs.table }}' }, sql: 'SELECT eventTime, userId, appId, position, clicked FROM labeled' } },
        publish: { type: 'dataset.publish', inputs: { name: 'store-samples', table: '${{ activities.samples.outputs.table }}', description: 'What was shown, and whether it was clicked' } },
        split: { type: 'data.split', inputs: { table: '${{ activities.samples.outputs.table }}', byTime: { column: 'eventTime', testFraction: 0.2 } } },
        features: { type: 'features.build', inputs: { table: '${{ activities.split.outputs.train }}', features: [{ hash: ['userId', 'appId', 'position'] }] } },
        train: { type: 'train.vlps', inputs: { samples: '${{ activities.split.outputs.train }}', features: '${{ activities.features.outputs.features }}', label: 'clicked', model: 'lr' } },
        evaluate: { type: 'model.evaluate', inputs: { model: '${{ activities.train.outputs.model }}', table: '${{ activities.split.outputs.test }}', title: 'Clicks' } },
        register: {
          type: 'model.register',
          inputs: { name: 'store-ctr', model: '${{ activities.train.outputs.model }}', metrics: { auc: '${{ activities.evaluate.outputs.auc }}' }, description: 'Better than guessing', aliases: ['champion'] },
        },
        deploy: { type: 'model.deploy', inputs: { deployment: 'store', name: 'store-ctr', version: '${{ activities.register.outputs.version }}', reason: 'The first one' } },
      },
      outputs: { auc: '${{ activities.evaluate.outputs.auc }}' },
    },
  },
  long: {
    ends: false,
    pipeline: { id: 'long', activities: { wait: { type: 'control.wait', inputs: { duration: 'PT1H' } }, after: { type: 'control.noop', dependsOn: ['wait'] } } },
  },
  labels,
  bowl: {
    ends: true,
    pipeline: {
      id: 'bowl', parameters: { x: { type: 'number', default: 1 }, shift: { type: 'number', default: 0, description: 'Moves the bowl up.' }, note: { type: 'string', default: 'none' } },
      activities: { a: { type: 'control.noop' } },
      outputs: { y: '${{ parameters.x ** 2 + parameters.shift }}' },
    },
  },
} satisfies Record<string, Given>

const sleeping = (id: string) => ({
  id, basic: { owner: 'mia', group: 'ads' },
  activities: { hold: { type: 'train.script', inputs: { command: ['/usr/bin/python3', '-c', `import time; print('${id}'); time.sleep(900)`] }, resources: { pool: 'production', cpu: '500m' } } },
})

/** What holds a machine, and what waits for it, once there are quotas. */
export const held: readonly Given[] = [{ ends: false, pipeline: sleeping('holding') }, { ends: false, pipeline: sleeping('behind') }]

export const quotas = {
  pools: { production: { description: 'What people depend on.' } },
  groups: {
    recommendation: { description: 'Its parts borrow from each other first.' },
    ads: { parent: 'recommendation', quotas: { production: { nominal: { cpu: '250m' }, borrowingLimit: { cpu: '250m' } } } },
    feed: { parent: 'recommendation', quotas: { production: { nominal: { cpu: '250m' } } } },
  },
}

export type RunName = keyof typeof pipelines
