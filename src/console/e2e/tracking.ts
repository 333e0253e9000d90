type Call = <T>(path: string, content: unknown) => Promise<T>

const mlflow = '/api/2.0/mlflow'

/** An experiment as a training program logs it with MLflow: twelve runs whose loss falls, each at its own speed. */
export async function logExperiment(call: Call): Promise<void> {
  const { experiment_id } = await call<{ readonly experiment_id: string }>(`${mlflow}/experiments/create`, { name: 'learning-rates' })
  for (let i = 0; i < 12; i++) {
    const rate = 0.05 * (i + 1)
    const { run } = await call<{ readonly run: { readonly info: { readonly run_id: string } } }>(`${mlflow}/runs/create`, { experiment_id, run_name: `rate ${rate.toFixed(2)}`, start_time: Date.now() })
    const run_id = run.info.run_id
    const metrics = Array.from({ length: 40 }, (_, step) => ({ key: 'loss', value: 0.2 + Math.exp(-rate * step), timestamp: Date.now(), step }))
    await call(`${mlflow}/runs/log-batch`, { run_id, metrics: [...metrics, { key: 'auc', value: 0.6 + rate / 4, timestamp: Date.now(), step: 0 }], params: [{ key: 'rate', value: rate.toFixed(2) }, { key: 'dim', value: String(8 * (1 + (i % 3))) }] })
    await call(`${mlflow}/runs/update`, { run_id, status: i === 5 ? 'FAILED' : 'FINISHED', end_time: Date.now() })
  }
}
