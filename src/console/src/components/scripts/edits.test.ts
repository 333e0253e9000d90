import { expect, test } from 'vitest'
import { changeOf, commandFor, edited, filesWith, isPath, pipelineFor, wordsIn, type Edits } from './edits'

test('edits are told as a version takes them, and going back to what was is none', () => {
  let edits: Edits = edited(new Map(), 'train.py', 'print(2)', 'print(1)')
  edits = edited(edits, 'new.py', '', undefined)
  edits = edited(edits, 'old.py', null, 'x')
  expect(filesWith(['old.py', 'train.py', 'util.py'], edits)).toEqual([
    { path: 'new.py', state: 'added' }, { path: 'old.py', state: 'removed' }, { path: 'train.py', state: 'changed' }, { path: 'util.py', state: 'same' },
  ])
  expect(changeOf(edits, 3, ' faster ')).toEqual({ based: 3, note: 'faster', files: [{ path: 'train.py', text: 'print(2)' }, { path: 'new.py', text: '' }], remove: ['old.py'] })
  edits = edited(edited(edited(edits, 'train.py', 'print(1)', 'print(1)'), 'new.py', null, undefined), 'old.py', 'x', 'x')
  expect(edits.size).toBe(0)
})

test.each([
  ['a/b.py', true], ['train.py', true], ['/etc/passwd', false], ['../x', false], ['a//b', false], ['a/', false], ['', false], [' a', false], ['a\\b', false],
])('%j is a path: %s', (path, is) => expect(isPath(path)).toBe(is))

test('a command line becomes words', () => expect(wordsIn('python3 train.py --name "a \\"b\\" c" \'d e\' f')).toEqual(['python3', 'train.py', '--name', 'a "b" c', 'd e', 'f']))

test('what is run is guessed', () => expect([commandFor(['util.py', 'train.py']), commandFor(['only.py']), commandFor([])]).toEqual(['python3 train.py', 'python3 only.py', 'sh run.sh']))

test('a run is of the very version', () => expect(pipelineFor('ctr', 3, ['python3', 'x.py'], { rows: 1 })).toEqual({
  id: 'script-ctr', activities: { run: { type: 'train.script', inputs: { source: { folder: 'ctr', version: 3 }, command: ['python3', 'x.py'], parameters: { rows: 1 } } } },
}))
