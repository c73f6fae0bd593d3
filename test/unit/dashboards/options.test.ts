import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand } from '../../../lab/dashboards/options.ts'

const problems = (...args: string[]) => {
  const command = parseCommand(args)
  return command.kind === 'problems' ? command.problems : command.kind
}

test('every problem is told at once', () => {
  assert.deepEqual(problems('check', '--rum=x', '--out', 'runs/1'), [
    '--rum is not a known option: did you mean --run?',
  ])
  assert.deepEqual(problems('open', '--port=99999', '--no-browser=1', '--nobrowser'), [
    '--no-browser takes no value',
    '--nobrowser is not a known option: did you mean --no-browser?',
    '--port=99999: a whole number from 0 to 65535 is needed',
  ])
  assert.deepEqual(problems('build', 'now', '--chek'), [
    '--chek is not a known option: did you mean --check?',
    '"now" is no option; options begin with --',
  ])
  assert.deepEqual(problems(), ['say what to do: build, check, open'])
  assert.deepEqual(problems('biuld'), ['there is no "biuld"; there are build, check, open: did you mean build?'])
})

test('help is had with and without a command', () => {
  for (const args of [['--help'], ['open', '--help']]) {
    const command = parseCommand(args)
    assert.ok(command.kind === 'help' && command.text.includes('npm run dashboards -- build | check | open'))
  }
})

test('runs are named, or looked for', () => {
  assert.deepEqual(parseCommand(['open', 'runs/a', 'runs/b', '--no-browser', '--port=8080']), {
    kind: 'open',
    folders: ['runs/a', 'runs/b'],
    browser: false,
    port: 8080,
    outDir: 'runs',
  })
  assert.deepEqual(parseCommand(['check', '--run=runs/a', '--run=runs/b']), {
    kind: 'check',
    folders: ['runs/a', 'runs/b'],
    outDir: 'runs',
  })
})
