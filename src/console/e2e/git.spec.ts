import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instead, type Server } from './server'
import { address, expect, inspect, open, settled, test } from './visit'

// A server whose pipelines are in a repository on this machine, and a clone that a colleague works in.
let folder: string, origin: string, clone: string
const author = ['-c', 'user.name=Ada Colleague', '-c', 'user.email=ada@example.com']
const git = (...args: string[]) => execFileSync('git', ['-C', clone, ...author, ...args], { encoding: 'utf8' })
const flow = (id: string, more = '') => `{\n  "id": "${id}",\n  "activities": {\n    "first": { "type": "control.noop" }${more}\n  }\n}\n`

let server: Server | undefined

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlp-git-'))
  origin = join(folder, 'origin.git')
  clone = join(folder, 'clone')
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin])
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', clone])
  git('remote', 'add', 'origin', origin)
  writeFileSync(join(clone, 'nightly.json'), flow('nightly'))
  git('add', '--all')
  git('commit', '--quiet', '--message=Begin')
  git('push', '--quiet', 'origin', 'main')
  server = await instead({ Code__GitRoots__0: folder, Pipelines__Git__Repository: origin })
  await sync()
})

test.afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function sync(): Promise<void> {
  const response = await fetch(`${address()}/api/v1/git/sync`, { method: 'POST' })
  expect(response.ok, await response.text()).toBe(true)
}

const revisions = async (): Promise<{ readonly commit: { readonly message: string } }[]> =>
  (await (await fetch(`${address()}/api/v1/pipelines/nightly/revisions`)).json()) as { readonly commit: { readonly message: string } }[]

test('a change is committed to a branch, and deployed when it is merged', async ({ page }) => {
  await open(page, '/designer/nightly')
  await page.getByRole('complementary', { name: 'Activities' }).getByRole('button', { name: /^noop/ }).click()
  await page.getByRole('button', { name: 'Commit…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('main is watched: what is committed to it is deployed.')).toBeVisible()
  await dialog.getByLabel('Branch').fill('more-steps')
  await expect(dialog.getByText('A new branch that begins at main')).toBeVisible()
  await dialog.getByLabel('Message').fill('Add a step\n\nFor those who wait.')
  await inspect(page, 'designer-commit')
  await dialog.getByRole('button', { name: 'Commit' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(page.getByText(/Committed to more-steps as [0-9a-f]{8}/)).toBeVisible()

  // Nothing is deployed yet; the branch has it, in the person's words.
  expect(await revisions()).toHaveLength(1)
  git('fetch', '--quiet', 'origin')
  expect(git('log', '-1', '--format=%B', 'origin/more-steps').trim()).toBe('Add a step\n\nFor those who wait.')
  expect(git('diff', '--stat', 'main', 'origin/more-steps', '--', 'nightly.json')).toContain('1 file changed')

  git('merge', '--quiet', '--no-ff', '--message=Merge more steps', 'origin/more-steps')
  git('push', '--quiet', 'origin', 'main')
  await sync()
  await open(page, '/designer/nightly')
  await expect(page.locator('.react-flow__node')).toHaveCount(2)
  await expect(page.getByRole('button', { name: 'Commit…' })).toBeDisabled()
  expect((await revisions()).map((r) => r.commit.message)).toEqual(['Merge more steps', 'Begin'])
})

test('a commit to the watched branch deploys at once', async ({ page }) => {
  await open(page, '/designer/nightly')
  const before = (await revisions()).length
  await page.locator('.react-flow__node').first().click()
  await page.keyboard.press('Control+c')
  await page.keyboard.press('Control+v')
  await page.getByRole('button', { name: 'Commit…' }).click()
  await page.getByRole('dialog').getByLabel('Message').fill('One more')
  await page.getByRole('dialog').getByRole('button', { name: 'Commit' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Commit…' })).toBeDisabled()
  const now = await revisions()
  expect(now).toHaveLength(before + 1)
  expect(now[0]!.commit.message).toBe('One more')
})

test('what a colleague changed meanwhile is not overwritten', async ({ page, faults }) => {
  await open(page, '/designer/nightly')
  git('pull', '--quiet', 'origin', 'main')
  writeFileSync(join(clone, 'nightly.json'), flow('nightly', ',\n    "theirs": { "type": "control.noop" }'))
  git('commit', '--quiet', '--all', '--message=Theirs')
  git('push', '--quiet', 'origin', 'main')
  await page.getByRole('complementary', { name: 'Activities' }).getByRole('button', { name: /^noop/ }).click()
  await page.getByRole('button', { name: 'Commit…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Commit' }).click()
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('GIT-004')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  // What was drawn is still there.
  await expect(page.locator('.react-flow__node')).not.toHaveCount(2)
  await settled(page)
  expect(faults.splice(0).every((f) => f.includes('409'))).toBe(true)
})

test('a script is committed to a branch and to the watched one, and shown to be as in git', async ({ page }) => {
  const made = await fetch(`${address()}/api/v1/code/ctr/versions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ files: [{ path: 'train.py', text: 'print(1)\n' }, { path: 'lib/util.py', text: 'x = 1\n' }], note: 'The first version' }) })
  expect(made.ok, await made.text()).toBe(true)
  await open(page, '/experiments/scripts/ctr')
  await expect(page.getByText('main:scripts/ctr · not in git yet')).toBeVisible()
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Commit…' }).click()
  await expect(dialog.getByRole('list', { name: 'What the commit changes' })).toContainText('+ lib/util.py')
  await dialog.getByLabel('Branch').fill('learn')
  await expect(dialog.getByText('A new branch that begins at main.')).toBeVisible()
  await dialog.getByLabel('Message').fill('Begin to learn')
  await inspect(page, 'script-commit')
  await dialog.getByRole('button', { name: 'Commit' }).click()
  await expect(page.getByText(/Committed to learn as [0-9a-f]{8}/)).toBeVisible()
  git('fetch', '--quiet', 'origin')
  expect(git('show', '--name-only', '--format=%s', 'origin/learn').trim().split(/\n+/)).toEqual(['Begin to learn', 'scripts/ctr/lib/util.py', 'scripts/ctr/train.py'])

  await page.getByRole('button', { name: 'Commit…' }).click()
  await dialog.getByRole('button', { name: 'Commit' }).click()
  await expect(page.getByText(/Committed to main as [0-9a-f]{8}/)).toBeVisible()
  await expect(page.getByText('main:scripts/ctr · as in git')).toBeVisible()
  await inspect(page, 'script-in-git')
  git('fetch', '--quiet', 'origin')
  expect(git('show', 'origin/main:scripts/ctr/train.py')).toBe('print(1)\n')
})

test("a colleague's commit of a script is taken over as the next version", async ({ page }) => {
  git('pull', '--quiet', 'origin', 'main')
  writeFileSync(join(clone, 'scripts/ctr/train.py'), 'print(2)\n')
  git('commit', '--quiet', '--all', '--message=Print two')
  git('push', '--quiet', 'origin', 'main')
  await open(page, '/experiments/scripts/ctr')
  await expect(page.getByText('main:scripts/ctr · 1 file differs from git')).toBeVisible()
  await page.getByRole('button', { name: 'Take from git' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('What scripts/ctr has on main becomes version 2')).toBeVisible()
  await inspect(page, 'script-take')
  await dialog.getByRole('button', { name: 'Take from git' }).click()
  await expect(page.getByText('main:scripts/ctr · as in git')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Take from git' })).toHaveCount(0)
  const [version] = (await (await fetch(`${address()}/api/v1/code/ctr`)).json()) as { readonly version: number; readonly note: string }[]
  expect(version).toMatchObject({ version: 2, note: expect.stringMatching(/^[0-9a-f]{8} by Ada Colleague: Print two$/) as unknown })
})
