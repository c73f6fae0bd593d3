import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveRun } from '../../../lab/run/options.ts'
import { containerChoice } from '../../../lab/run/runtime.ts'
import { spike } from '../../../scenarios/definitions/spike.ts'

function resolved(...args: string[]) {
  const command = resolveRun(spike, args)
  if (command.kind !== 'run') throw new Error(JSON.stringify(command))
  return command.run
}

const problemsOf = (...args: string[]) => {
  const command = resolveRun(spike, args)
  return command.kind === 'problems' ? command.problems : []
}

test('engines are native until a runtime is asked for', () => {
  assert.equal(containerChoice(resolved('--backend=mysql')), undefined)
  const row = resolved('--backend=mysql').config.find(({ name }) => name === 'runtime')
  assert.deepEqual(row, { name: 'runtime', value: 'native', default: 'native', changed: false })
})

test('containers are for all engines or for those named; auto takes them where they can be had', () => {
  const all = resolved('--backend=mysql', '--runtime=containers', '--images=local')
  assert.deepEqual(containerChoice(all), { when: 'wanted', only: null, images: 'local' })
  const one = resolved('--backend=mysql', '--runtime=auto:kafka')
  assert.deepEqual(containerChoice(one), { when: 'possible', only: ['kafka'], images: 'auto' })
  assert.equal(one.config.find(({ name }) => name === 'runtime')?.value, 'auto:kafka')
  const named = resolved('--backend=mongo', '--runtime=containers:mongo,kafka')
  assert.deepEqual(named.contained, ['kafka', 'mongo'])
  const cached = resolved('--runtime=containers:redis', '--cache=redis')
  assert.deepEqual(containerChoice(cached)?.only, ['redis'])
})

test('a runtime or an engine that is not there is named, with the nearest', () => {
  assert.match(problemsOf('--runtime=container')[0] ?? '', /--runtime=container is unknown.*containers/)
  assert.match(
    problemsOf('--backend=mysql', '--runtime=containers:mysq')[0] ?? '',
    /this run on mysql has no engine "mysq".*mysql/,
  )
  assert.match(problemsOf('--backend=mysql', '--runtime=containers:mongo')[0] ?? '', /has no engine "mongo"/)
  assert.match(problemsOf('--backend=mysql', '--runtime=native:kafka')[0] ?? '', /native is for all of them/)
  assert.match(problemsOf('--runtime=containers')[0] ?? '', /the backend sqlite has no engine of its own/)
})
