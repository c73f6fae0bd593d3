import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { editions } from '../../../system/editions/index.ts'
import { flagTable, helpText } from '../../../system/wiring/flags.ts'
import { knobRules } from '../../../system/wiring/knobs.ts'
import { type ProcessOptions, resolveOptions } from '../../../system/wiring/options.ts'

const mongoEnv = {
  CHAT_STORE_URL: 'mongodb://127.0.0.1:1/chat',
  CHAT_LOG_URL: 'kafka://127.0.0.1:2,127.0.0.1:3',
  CHAT_TOKEN_SECRET: 'x'.repeat(32),
}

function resolved(args: string[], env: Record<string, string> = {}): ProcessOptions {
  const result = resolveOptions(args, env)
  assert.ok(result.kind === 'run', result.kind === 'problems' ? result.problems.join('\n') : result.kind)
  return result.options
}

function problems(args: string[], env: Record<string, string> = {}): string {
  const result = resolveOptions(args, env)
  assert.equal(result.kind, 'problems')
  return result.kind === 'problems' ? result.problems.join('\n') : ''
}

describe('the command line of a process', () => {
  test('without flags is the embedded edition with all its roles on a free port', () => {
    const options = resolved([])
    assert.equal(options.edition.name, 'sqlite')
    assert.deepEqual(options.roles, ['gateway', 'api'])
    assert.deepEqual([options.host, options.port, options.gateways], ['127.0.0.1', 0, 1])
  })

  test('makes new secrets for each process that is given none', () => {
    const [a, b] = [resolved([]), resolved([])]
    assert.notEqual(a.tokenSecret, b.tokenSecret)
    assert.notEqual(a.internalToken, b.internalToken)
  })

  test('sets knobs, and leaves the edition itself alone', () => {
    const before = structuredClone(editions.mongo.knobs)
    const args = ['--edition=mongo', '--knob', 'lingerMs=25', '--knob=partitions=3']
    const { knobs } = resolved(args, mongoEnv).edition
    assert.deepEqual([knobs.lingerMs, knobs.partitions, knobs.sendBurst], [25, 3, before.sendBurst])
    assert.deepEqual(editions.mongo.knobs, before)
  })

  test('is judged whole: every problem is listed, with the nearest name', () => {
    const text = problems([
      '--edtion=mongo',
      '--port=70000',
      '--knob=lingrMs=1',
      'what',
      '--gateways=0',
      '--host=nowhere:1',
    ])
    for (const part of ['"--edition"', '--port=70000', '"lingerMs"', '"what"', '--gateways=0', '--host=nowhere:1'])
      assert.ok(text.includes(part), `${part} is missing in:\n${text}`)
  })

  test('names what the mongo edition needs from the environment', () => {
    const text = problems(['--edition=mongo', '--roles=gateway'])
    for (const name of ['CHAT_STORE_URL', 'CHAT_LOG_URL', 'CHAT_TOKEN_SECRET']) assert.ok(text.includes(name), name)
    resolved(['--edition=mongo', '--roles=persister'], { ...mongoEnv, CHAT_TOKEN_SECRET: 'y'.repeat(32) })
    const args = ['--edition=cassandra', '--roles=persister']
    resolved(args, { ...mongoEnv, CHAT_STORE_URL: 'cassandra://127.0.0.1:1/chat' })
    assert.match(problems(args, mongoEnv), /CHAT_STORE_URL does not fit the edition cassandra/)
  })

  test('takes a prefix for the topics after the brokers, in what Kafka allows in names', () => {
    const args = ['--edition=mongo', '--roles=persister']
    const logUrl = 'kafka://127.0.0.1:2,127.0.0.1:3/lab_20261121-smoke'
    assert.equal(resolved(args, { ...mongoEnv, CHAT_LOG_URL: logUrl }).logUrl, logUrl)
    for (const path of ['/a/b', '/a.b', '/ü', '?a=b'])
      assert.match(problems(args, { ...mongoEnv, CHAT_LOG_URL: `kafka://127.0.0.1:2${path}` }), /CHAT_LOG_URL cannot/)
  })

  test('takes the place of a process from the environment, in what the brokers may read as a name', () => {
    const args = ['--edition=mongo', '--roles=persister']
    assert.equal(resolved(args, mongoEnv).instanceId, undefined)
    assert.equal(resolved(args, { ...mongoEnv, CHAT_INSTANCE_ID: 'persister-1' }).instanceId, 'persister-1')
    for (const id of ['a/b', 'a b', '{{.Task.Slot}}', 'x'.repeat(101)])
      assert.match(problems(args, { ...mongoEnv, CHAT_INSTANCE_ID: id }), /CHAT_INSTANCE_ID=/)
  })

  test('never repeats a secret of the environment', () => {
    const env = {
      CHAT_STORE_URL: 'mysql://root:hunter2@h/d',
      CHAT_TOKEN_SECRET: 'hunter3',
      CHAT_INTERNAL_TOKEN: 'hunter4',
    }
    const text = problems(['--edition=mongo'], env)
    assert.ok(!text.includes('hunter'), text)
    assert.ok(text.includes('CHAT_TOKEN_SECRET') && text.includes('CHAT_INTERNAL_TOKEN'))
  })

  test('keeps api and gateway together where messages are handed over in memory', () => {
    assert.match(problems(['--roles=api']), /share a process/)
    assert.match(problems(['--roles=persister']), /no role "persister"/)
    assert.match(problems(['--edition=mongo', '--roles=persister', '--gateways=2'], mongoEnv), /no role gateway/)
  })

  test('lets back-pressure end only below where it begins', () => {
    assert.match(problems(['--knob=pendingLow=20000']), /pendingLow \(20000\) must be below pendingHigh/)
  })

  test('refuses a flag without value, given twice, or with a value it does not take', () => {
    assert.match(problems(['--port']), /--port needs a <number>/)
    assert.match(problems(['--port=1', '--port=2']), /twice/)
    assert.match(problems(['--help=yes']), /takes no value/)
  })

  test('takes each knob inside its range and refuses it outside', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(knobRules)),
        fc.integer({ min: -5, max: 20_000_000 }),
        (name, value) => {
          const { least, most } = knobRules[name as keyof typeof knobRules]
          const other = name === 'pendingLow' ? ['--knob=pendingHigh=10000000'] : ['--knob=pendingLow=0']
          const args = name === 'pendingHigh' || name === 'pendingLow' ? other : []
          const fits = value >= least && value <= most && !(name === 'pendingLow' && value === 10_000_000)
          assert.equal(resolveOptions([`--knob=${name}=${value}`, ...args], {}).kind, fits ? 'run' : 'problems')
        },
      ),
    )
  })

  test('never throws, whatever is typed', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...Object.keys(flagTable).map((name) => `--${name}=`)),
      fc.constant('--'),
    )
    fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (args) => void resolveOptions(args, {})))
  })
})

test('the help text has every flag of the table', () => {
  const text = helpText('chat')
  for (const name of Object.keys(flagTable)) assert.ok(text.includes(`--${name}`), name)
})
describe('secrets in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-secrets-'))
  test.after(() => rmSync(folder, { recursive: true }))
  const fileWith = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('are read instead of the variables, but for the line end an editor leaves', () => {
    const { CHAT_STORE_URL, ...rest } = mongoEnv
    const CHAT_STORE_URL_FILE = fileWith('store', `${CHAT_STORE_URL}\n`)
    const CHAT_INTERNAL_TOKEN_FILE = fileWith('token', 'of-the-internal-server')
    const options = resolved(['--edition=mongo'], { ...rest, CHAT_STORE_URL_FILE, CHAT_INTERNAL_TOKEN_FILE })
    assert.equal(options.storeUrl, CHAT_STORE_URL)
    assert.equal(options.internalToken, 'of-the-internal-server')
  })

  test('that are missing, or given twice, are named without what they hold', () => {
    const CHAT_STORE_URL_FILE = fileWith('twice', 'mongodb://user:hidden@127.0.0.1/chat')
    const CHAT_LOG_URL_FILE = join(folder, 'nowhere')
    const text = problems(['--edition=mongo'], { ...mongoEnv, CHAT_STORE_URL_FILE, CHAT_LOG_URL_FILE })
    for (const part of ['CHAT_STORE_URL and CHAT_STORE_URL_FILE', 'CHAT_LOG_URL_FILE: the file'])
      assert.ok(text.includes(part), text)
    assert.ok(!text.includes('hidden'))
  })
})

test('the internal server stays on loopback unless it is told another address, and a start waits only when told', () => {
  const { internalHost, waitMs } = resolved([])
  assert.deepEqual([internalHost, waitMs], ['127.0.0.1', 0])
  const told = resolved(['--internal-host=0.0.0.0', '--wait=30'])
  assert.deepEqual([told.internalHost, told.waitMs], ['0.0.0.0', 30_000])
  assert.match(problems(['--internal-host=here', '--wait=soon']), /--internal-host=here[\s\S]*--wait=soon/)
})

describe('fan-out and cache', () => {
  const env = { ...mongoEnv, CHAT_REDIS_URL: 'redis://:pass@127.0.0.1:6379/0?prefix=a:' }

  test('Redis brings the relay, and its address is read with the prefix apart', () => {
    for (const fanout of ['redis', 'redis-single']) {
      const { edition, roles, redis } = resolved(['--edition=mongo', `--fanout=${fanout}`], env)
      assert.deepEqual([edition.fanout, edition.cache, roles.includes('relay')], [fanout, 'none', true])
      assert.deepEqual(redis, { url: 'redis://:pass@127.0.0.1:6379/0', prefix: 'a:' })
    }
    const cached = resolved(['--cache=redis'], { CHAT_REDIS_URL: env.CHAT_REDIS_URL })
    assert.deepEqual([cached.roles, cached.redis?.prefix], [['gateway', 'api'], 'a:'])
    assert.deepEqual(resolved(['--edition=mongo'], env).redis, undefined)
  })

  test('what does not fit the edition, or is unknown, is refused; the address is never repeated', () => {
    assert.match(problems(['--fanout=redis']), /the edition sqlite can have memory/)
    assert.match(problems(['--edition=mongo', '--fanout=memory'], env), /can have kafka, redis, redis-single/)
    assert.match(problems(['--edition=mongo', '--fanout=radis'], env), /did you mean "?redis/)
    assert.match(problems(['--cache=rediss']), /no such cache/)
    assert.match(problems(['--edition=mongo', '--roles=relay'], env), /has no role "relay"/)
    assert.match(problems(['--cache=redis']), /CHAT_REDIS_URL is missing/)
    for (const url of ['http://:pass@h', 'redis://', 'redis://:pass@h/x', 'redis://:pass@h?prefix=a%20b']) {
      const text = problems(['--cache=redis'], { CHAT_REDIS_URL: url })
      assert.match(text, /CHAT_REDIS_URL cannot be read/)
      assert.doesNotMatch(text, /pass/)
    }
  })
})
