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
  long: {
    ends: false,
    pipeline: { id: 'long', activities: { wait: { type: 'control.wait', inputs: { duration: 'PT1H' } }, after: { type: 'control.noop', dependsOn: ['wait'] } } },
  },
} satisfies Record<string, Given>

export type RunName = keyof typeof pipelines
