/** A metric and which of its values are the better ones, as an address and the API tell it: `auc:max`. */
export interface Goal {
  readonly metric: string
  readonly maximize: boolean
}

export const goalText = ({ metric, maximize }: Goal): string => `${metric}:${maximize ? 'max' : 'min'}`

export function goalOf(text: string | undefined): Goal | null {
  const found = /^(.+):(max|min)$/.exec(text ?? '')
  return found ? { metric: found[1]!, maximize: found[2] === 'max' } : null
}

const lessIsBetter = /loss|error|rmse|mse|mae|logloss|perplexity|seconds|latency|time|cost|deviance/i

/** What most people want of a metric with this name; they may say otherwise. */
export const likely = (metric: string): Goal => ({ metric, maximize: !lessIsBetter.test(metric) })
