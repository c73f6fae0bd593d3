import assert from 'node:assert/strict'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { withoutCredentials } from '../../../compose/components/address.ts'
import { lastLines, redact, waitForLine } from '../../../compose/native/logs.ts'
import { freePorts, portToBeFree } from '../../../compose/native/ports.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

test('no secret survives in a redacted line, wherever it stands', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 })
  const secret = fc
    .string({ minLength: 4, maxLength: 20 })
    .filter((value) => !'***'.includes(value) && !/^\*+$/.test(value))
  fc.assert(
    fc.property(text, secret, text, (before, hidden, after) => {
      assert.ok(!redact(before + hidden + after, [hidden]).includes(hidden) || `${before}***${after}`.includes(hidden))
    }),
  )
})

test('credentials of a URL are removed though nobody named them', () => {
  const line = 'cannot reach mongodb+srv://admin:p%40ss@db.example/chat?tls=true and redis://u:p@h:1'
  assert.equal(redact(line, []), 'cannot reach mongodb+srv://***@db.example/chat?tls=true and redis://***@h:1')
})

test("an engine's address is shown by scheme and hosts alone", () => {
  assert.equal(withoutCredentials('mongodb://u:p@a:1,b:2/chat?authMechanism=PLAIN'), 'mongodb://a:1,b:2/')
  assert.equal(withoutCredentials('mongodb+srv://u:p@a.example'), 'mongodb+srv://a.example/')
  assert.equal(withoutCredentials('mysql://u:p@a:3306/chat?ssl=x'), 'mysql://a:3306/')
  assert.equal(withoutCredentials('u:secret@host'), 'an address that is no URL')
})

test('the last lines of a long log are whole lines', async (t) => {
  const file = join(await temporaryFolder(t), 'long.log')
  await writeFile(file, Array.from({ length: 20_000 }, (_, index) => `line ${index} 한국어\n`).join(''))
  assert.deepEqual(await lastLines(file, 2), ['line 19998 한국어', 'line 19999 한국어'])
  assert.equal(
    (await lastLines(file, 1e6)).every((line) => /^line \d+ 한국어$/.test(line)),
    true,
  )
  assert.deepEqual(await lastLines(`${file}.missing`, 5), [])
})

test('a line is found though it is written in pieces, with characters cut in two', async (t) => {
  const logFile = join(await temporaryFolder(t), 'pieces.log')
  const bytes = Buffer.from('준비 ready 끝\n')
  await writeFile(logFile, bytes.subarray(0, 4))
  const found = waitForLine({ logFile }, (line) => line.includes('ready'), AbortSignal.timeout(5_000))
  await appendFile(logFile, bytes.subarray(4))
  assert.equal(await found, '준비 ready 끝')
})

test('waiting for a line ends with the reason of the signal', async (t) => {
  const logFile = join(await temporaryFolder(t), 'empty.log')
  await writeFile(logFile, '')
  const abort = new AbortController()
  const found = waitForLine({ logFile }, () => true, abort.signal)
  abort.abort(new Error('ended'))
  await assert.rejects(found, (error: Error) => /ended/.test(String(error.cause ?? error)))
})

test('free ports are in a row, can be listened on and are given to no connection; a taken one is ENV-PORT', async (t) => {
  const ports = await freePorts(5)
  assert.deepEqual(
    ports,
    ports.map((_, index) => ports[0]! + index),
  )
  const dynamic = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '49152 65535')
  const [lowest = 0] = dynamic.split(/\s/).map(Number)
  if (lowest > 30_000) assert.ok(ports.at(-1)! < lowest)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(ports[0], '127.0.0.1', resolve))
  t.after(() => server.close())
  const signal = new AbortController().signal
  await assert.rejects(portToBeFree('kafka', ports[0] ?? 0, signal, 0), { code: 'ENV-PORT', component: 'kafka' })
  await portToBeFree('kafka', ports[1] ?? 0, signal, 0)
})
