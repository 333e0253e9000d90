import { expect, open, runId, settled, test } from './visit'

test('a run that fails tells why, and a resume shows what it will do first', async ({ page }) => {
  await open(page, `/runs/${runId('failing')}`)
  await expect(page.getByText('ENG-017').first()).toBeVisible()
  await page.getByRole('button', { name: 'Resume' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('2 activities run again')).toBeVisible()
  await expect(dialog.getByText('bad, after')).toBeVisible()
  await expect(dialog.getByText('1 result stands')).toBeVisible()
  await dialog.getByRole('button', { name: 'Resume' }).click()
  await expect(dialog).toHaveCount(0)
  await page.goto(`${page.url()}?view=table&activity=bad&tab=attempts`)
  await settled(page)
  await expect(page.getByText('Attempt 2')).toBeVisible()
})

test('a log is opened at its end, searched, and followed to its first error', async ({ page }) => {
  await open(page, `/runs/${runId('script')}?activity=talk&tab=log`)
  const log = page.getByRole('log')
  await expect(log.getByText('step 59999 of the training')).toBeVisible()
  await page.getByRole('button', { name: 'First error' }).click()
  await expect(log.getByText('ValueError: a needle in the log')).toBeVisible()
  await page.getByRole('textbox', { name: 'Find in the log' }).fill('step 30000 of')
  await page.keyboard.press('Enter')
  await expect(log.getByText('step 30000 of the training')).toBeVisible()
  await page.getByRole('button', { name: 'Beginning' }).click()
  await expect(log.getByText('step 0 of the training')).toBeVisible()
})

test('a report is shown in the page, without its scripts', async ({ page, faults }) => {
  await open(page, `/runs/${runId('script')}?activity=talk&tab=outputs`)
  await page.getByText('report', { exact: true }).first().click()
  await expect(page.frameLocator('iframe').getByRole('heading', { name: 'How it went' })).toBeVisible()
  await expect(page.locator('iframe')).toHaveAttribute('sandbox', '')
  // The browser says on the console that it kept the script out.
  expect(faults.splice(0)).toEqual([expect.stringContaining('Blocked script execution')])
})

test('two runs are compared', async ({ page }) => {
  await open(page, `/runs/compare?a=${runId('chain')}&b=${runId('failing')}`)
  await expect(page.getByRole('row', { name: /each\[0\]/ })).toBeVisible()
})

test('a cancel is seen as it happens', async ({ page }) => {
  await open(page, `/runs/${runId('long')}`)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('heading', { level: 1 }).locator('..').getByText('cancelled')).toBeVisible()
})
