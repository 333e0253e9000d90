import { expect, test } from 'vitest'
import { alignedOf, nextSort, orderOf, type Sort } from './columns'

test('curves of different steps share one axis; what is no number is a gap', () => {
  expect(alignedOf([{ steps: [0, 2], values: [0.5, 0.7] }, { steps: [1, 2], values: ['NaN', 0.6] }])).toEqual([[0, 1, 2], [0.5, null, 0.7], [null, null, 0.6]])
})

test.each<[Sort | null, string, string]>([
  [null, 'metrics.`auc`', 'metrics.`auc` DESC'],
  [{ column: 'metrics.`auc`', down: true }, 'metrics.`auc`', 'metrics.`auc` ASC'],
  [{ column: 'metrics.`auc`', down: false }, 'metrics.`auc`', ''],
  [{ column: 'metrics.`auc`', down: false }, 'metrics.`loss`', 'metrics.`loss` DESC'],
])('after %j a click on %s orders by "%s"', (sort, column, order) => expect(orderOf(nextSort(sort, column))).toBe(order))
