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
  long: {
    ends: false,
    pipeline: { id: 'long', activities: { wait: { type: 'control.wait', inputs: { duration: 'PT1H' } }, after: { type: 'control.noop', dependsOn: ['wait'] } } },
  },
} satisfies Record<string, Given>

export type RunName = keyof typeof pipelines
