// The parts of the pages, as their addresses tell them; the first shows where an address tells none.
export const dataTabs = ['datasets', 'sources', 'labeling'] as const
export const labelingTabs = ['label', 'agreement', 'disputes'] as const
export const modelTabs = ['models', 'deployments'] as const
export const experimentTabs = ['experiments', 'sweeps', 'scripts'] as const
export const scriptTabs = ['files', 'versions'] as const
export const resourceTabs = ['pools', 'waiting', 'quotas', 'expansions', 'budgets', 'usage', 'scores'] as const
export const alarmTabs = ['firing', 'acknowledged', 'resolved', 'all', 'silences', 'deliveries'] as const
export const settingTabs = ['server', 'tokens', 'secrets', 'audit'] as const
