import { instead, type Server } from './server'
import { address, expect, inspect, settled, test } from './visit'

// A server that asks for tokens, and names of secrets that it has and lacks.
let server: Server

const flow = { id: 'hooked', schedule: { triggers: [{ type: 'webhook', secretRef: 'shop' }, { type: 'webhook', secretRef: 'nowhere' }] }, activities: { only: { type: 'control.noop' } } }

test.beforeAll(async () => {
  server = await instead({ Auth__Required: 'true', Secrets__shop: 'a value that nobody sees', Secrets__spare: 'another' })
  const applied = await fetch(`${server.address}/api/v1/pipelines`, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${server.token}` }, body: JSON.stringify({ pipeline: flow }) })
  expect(applied.ok, await applied.text()).toBe(true)
})
test.afterAll(() => server.stop())

// The browser tells of each answer that refuses a token.
test.afterEach(({ faults }) => {
  expect(faults.splice(0).filter((f) => !f.startsWith('401: ') && !f.includes('status of 401'))).toEqual([])
})

test('a token opens the console; a wrong one, none and a revoked one do not', async ({ page, browser }) => {
  await page.goto(`${address()}/settings?tab=tokens`)
  await expect(page.getByLabel('API token', { exact: true })).toBeVisible()
  await inspect(page, 'sign-in')
  await page.getByLabel('API token', { exact: true }).fill('mlp_wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('The server does not know this token')).toBeVisible()
  await page.getByLabel('API token', { exact: true }).fill(server.token!)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await settled(page)

  // A token for somebody else, shown this once.
  await page.getByRole('button', { name: 'New token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('mia')
  await dialog.getByRole('button', { name: 'New token' }).click()
  const secret = await dialog.locator('.mantine-Code-root').innerText()
  expect(secret).toMatch(/^mlp_/)
  await inspect(page, 'token-made')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('row', { name: /mia/ })).toContainText('viewer')
  await page.reload()
  await settled(page)
  expect(await page.content()).not.toContain(secret)

  // She looks, in a browser of her own; what she may not do, the server refuses.
  const hers = await (await browser.newContext()).newPage()
  await hers.goto(`${address()}/runs`)
  await hers.getByLabel('API token', { exact: true }).fill(secret)
  await hers.getByRole('button', { name: 'Sign in' }).click()
  await settled(hers)
  await hers.goto(`${address()}/settings?tab=tokens`)
  await expect(hers.getByRole('alert')).toContainText('API-006')

  await page.getByRole('row', { name: /mia/ }).getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('row', { name: /mia/ }).getByRole('button', { name: 'Revoke' })).toHaveCount(0)
  await hers.goto(`${address()}/runs`)
  await expect(hers.getByText('The server does not know this token')).toBeVisible()
  await hers.context().close()

  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByLabel('API token', { exact: true })).toBeVisible()
})

test('secrets are there by name, and never by value', async ({ page }) => {
  await page.addInitScript((token) => sessionStorage.setItem('mlp.token', token), server.token!)
  const answers: string[] = []
  page.on('response', (r) => { if (r.url().includes('/api/v1/secrets')) void r.text().then((text) => answers.push(text)) })
  await page.goto(`${address()}/settings?tab=secrets`)
  await settled(page)
  await expect(page.getByRole('row', { name: /shop/ })).toContainText('set in the server')
  await expect(page.getByRole('row', { name: /shop/ }).getByRole('link', { name: 'hooked' })).toBeVisible()
  await expect(page.getByRole('row', { name: /nowhere/ })).toContainText('missing: Secrets__nowhere')
  await expect(page.getByRole('row', { name: /spare/ })).toBeVisible()
  await inspect(page, 'secrets')
  expect(answers.length).toBeGreaterThan(0)
  expect(answers.join()).not.toContain('nobody sees')
})
