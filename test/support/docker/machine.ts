/** What says where an image was built, and must not be in it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder } from '../../../compose/provision/cache.ts'

const execute = promisify(execFile)
const PUBLIC = /(?:^|\.)(?:npmjs\.org|debian\.org|pypi\.org|golang\.org|maven\.org|apache\.org|github\.com)$/
const SECRET = /TOKEN|SECRET|PASSWORD|CREDENTIAL|API_?KEY/
const LONG_ENOUGH = 12

/** A text and what it is; failures name the latter, for the text may be a secret. */
export interface Mark {
  readonly what: string
  readonly text: string
}

/** Paths of this machine, hosts of its package registries that are not the public ones, and its secrets. */
export async function marksOfThisMachine(): Promise<Mark[]> {
  const project = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')
  const texts = await Promise.all([
    printed('npm', ['config', 'get', 'registry']),
    printed('apt-get', ['indextargets', '--format', '$(SITE)']),
    printed('pip', ['config', 'list']),
    printed('go', ['env', 'GOPROXY']),
  ])
  const urls = [...texts, process.env.MAVEN_REPOSITORY_URL ?? ''].join('\n').matchAll(/https?:\/\/[^\s'",|]+/g)
  const hosts = new Set([...urls].map(([url]) => new URL(url).hostname).filter((host) => !PUBLIC.test(host)))
  const secrets = Object.entries(process.env).flatMap(([name, value = '']) =>
    SECRET.test(name) && value.length >= LONG_ENOUGH ? [{ what: `the value of ${name}`, text: value }] : [],
  )
  const cache = cacheFolder(process.env)
  return [
    { what: 'the path of the project', text: project },
    { what: 'the path of the cache', text: cache },
    ...[...hosts].map((text) => ({ what: `the registry ${text}`, text })),
    ...secrets,
  ]
}

const printed = (program: string, args: readonly string[]): Promise<string> =>
  execute(program, [...args]).then(
    ({ stdout }) => stdout,
    () => '',
  )

/** What of these occurs in a stream, wherever its chunks end. */
export async function marksIn(stream: NodeJS.ReadableStream, marks: readonly Mark[]): Promise<string[]> {
  const longest = Math.max(...marks.map(({ text }) => Buffer.byteLength(text)))
  const seen = new Set<string>()
  let tail: Uint8Array = new Uint8Array()
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const window = Buffer.concat([tail, chunk])
    for (const { what, text } of marks) if (window.includes(text)) seen.add(what)
    tail = window.subarray(Math.max(0, window.length - longest))
  }
  return [...seen]
}
