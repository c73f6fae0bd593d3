import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../../system/protocol/errors.ts'
import { StompParser } from '../../../system/protocol/stomp/parser.ts'

interface Read {
  readonly frames: readonly { command: string; headers: [string, string][]; body: string }[]
  readonly error?: string
}

function read(...chunks: (string | Buffer)[]): Read {
  const parser = new StompParser({ headers: 8, headBytes: 256, frameBytes: 512 })
  const frames: { command: string; headers: [string, string][]; body: string }[] = []
  try {
    for (const chunk of chunks) {
      parser.push(Buffer.from(chunk as string))
      for (let frame = parser.next(); frame; frame = parser.next()) {
        frames.push({ command: frame.command, headers: frame.headers(), body: frame.body.toString('latin1') })
      }
    }
  } catch (error) {
    assert.ok(error instanceof ChatError)
    return { frames, error: error.code }
  }
  return { frames }
}

const good: [claim: string, input: string | Buffer, expected: Read['frames']][] = [
  ['a frame without headers or body', 'BEGIN\n\n\0', [{ command: 'BEGIN', headers: [], body: '' }]],
  ['CR LF line ends', 'SEND\r\na:1\r\n\r\nx\r\n\0', [{ command: 'SEND', headers: [['a', '1']], body: 'x\r\n' }]],
  ['CR LF without headers', 'ABORT\r\n\r\n\0', [{ command: 'ABORT', headers: [], body: '' }]],
  [
    'mixed line ends',
    'SEND\na:1\r\nb:2\n\r\n\0',
    [
      {
        command: 'SEND',
        headers: [
          ['a', '1'],
          ['b', '2'],
        ],
        body: '',
      },
    ],
  ],
  [
    'two frames with heart-beats around them',
    '\n\r\nBEGIN\n\n\0\n\n\r\nABORT\n\n\0\n',
    [
      { command: 'BEGIN', headers: [], body: '' },
      { command: 'ABORT', headers: [], body: '' },
    ],
  ],
  ['only heart-beats', '\n\r\n\n', []],
  [
    'the four escapes, in name and value',
    'SEND\na\\cb:\\r\\n\\c\\\\\n\n\0',
    [{ command: 'SEND', headers: [['a:b', '\r\n:\\']], body: '' }],
  ],
  [
    'an escaped backslash before a letter',
    'SEND\na:\\\\n\n\n\0',
    [{ command: 'SEND', headers: [['a', '\\n']], body: '' }],
  ],
  [
    'CONNECT is not unescaped',
    'CONNECT\na:\\n\\t\n\n\0',
    [{ command: 'CONNECT', headers: [['a', '\\n\\t']], body: '' }],
  ],
  ['STOMP is not unescaped', 'STOMP\na:\\c\n\n\0', [{ command: 'STOMP', headers: [['a', '\\c']], body: '' }]],
  ['a colon in a value', 'SEND\na:b:c\n\n\0', [{ command: 'SEND', headers: [['a', 'b:c']], body: '' }]],
  ['spaces belong to the value', 'SEND\na: b \n\n\0', [{ command: 'SEND', headers: [['a', ' b ']], body: '' }]],
  ['an empty value', 'SEND\na:\n\n\0', [{ command: 'SEND', headers: [['a', '']], body: '' }]],
  [
    'NUL in a body with content-length',
    'SEND\ncontent-length:3\n\na\0b\0',
    [{ command: 'SEND', headers: [['content-length', '3']], body: 'a\0b' }],
  ],
  [
    'the first content-length counts',
    'SEND\ncontent-length:1\ncontent-length:9\n\na\0',
    [
      {
        command: 'SEND',
        headers: [
          ['content-length', '1'],
          ['content-length', '9'],
        ],
        body: 'a',
      },
    ],
  ],
  ['a body of line ends', 'SEND\n\n\n\n\0', [{ command: 'SEND', headers: [], body: '\n\n' }]],
  ['UTF-8 in headers', 'SEND\nä:한\n\n\0', [{ command: 'SEND', headers: [['ä', '한']], body: '' }]],
]

for (const [claim, input, frames] of good) {
  test(`reads ${claim}`, () => assert.deepEqual(read(input), { frames }))
}

const bad: [claim: string, input: string | Buffer, code: string][] = [
  ['an undefined escape', 'SEND\na:\\t\n\n\0', 'SYS-400'],
  ['a backslash at the end of a value', 'SEND\na:\\\n\n\0', 'SYS-400'],
  ['a header without a colon', 'SEND\nabc\n\n\0', 'SYS-400'],
  ['a header without a name', 'SEND\n:abc\n\n\0', 'SYS-400'],
  ['a NUL among the headers', 'SEND\na:b\0', 'SYS-400'],
  ['a command in lower case', 'send\n\n\0', 'SYS-400'],
  ['an unknown command', 'SENT\n\n\0', 'SYS-400'],
  ['a command that is too long', 'UNSUBSCRIBED\n\n\0', 'SYS-400'],
  ['a space after the command', 'SEND \n\n\0', 'SYS-400'],
  ['a NUL between frames', 'BEGIN\n\n\0\0', 'SYS-400'],
  ['a carriage return alone between frames', 'BEGIN\n\n\0\rBEGIN\n\n\0', 'SYS-400'],
  ['a carriage return alone in a header', 'SEND\na:b\rc\n\n\0', 'SYS-400'],
  ['a content-length that is no number', 'SEND\ncontent-length:-1\n\n\0', 'SYS-400'],
  ['a content-length short of the NUL', 'SEND\ncontent-length:1\n\nab\0', 'SYS-400'],
  ['headers that are not UTF-8', Buffer.from('SEND\na:\xff\n\n\0', 'latin1'), 'SYS-400'],
  ['more headers than allowed', `SEND\n${'a:b\n'.repeat(9)}\n\0`, 'MSG-413'],
  ['headers over their bytes', `SEND\na:${'b'.repeat(300)}\n\n\0`, 'MSG-413'],
  ['headers over their bytes, without an end', `SEND\na:${'b'.repeat(300)}`, 'MSG-413'],
  ['a body over the frame, with its NUL', `SEND\n\n${'b'.repeat(600)}\0`, 'MSG-413'],
  ['a body over the frame, without a NUL', `SEND\n\n${'b'.repeat(600)}`, 'MSG-413'],
  ['a content-length over the frame, before the body comes', 'SEND\ncontent-length:600\n\n', 'MSG-413'],
]

for (const [claim, input, error] of bad) {
  test(`refuses ${claim}`, () => {
    const result = read(input)
    assert.equal(result.error, error)
    assert.ok(result.frames.length <= 1)
  })
}

test('a frame at its limit is read, and one byte more is not', () => {
  const head = 'SEND\n\n'
  const fits = 512 - head.length - 1
  assert.equal(read(`${head}${'x'.repeat(fits)}\0`).frames[0]?.body.length, fits)
  assert.equal(read(`${head}${'x'.repeat(fits + 1)}\0`).error, 'MSG-413')
})

test('what follows a bad frame is not read', () => {
  const parser = new StompParser()
  parser.push(Buffer.from('BAD frame\n\n\0BEGIN\n\n\0'))
  assert.throws(() => parser.next(), ChatError)
  parser.push(Buffer.from('BEGIN\n\n\0'))
  assert.equal(parser.next(), undefined)
  assert.equal(parser.heldBytes, 0)
})

test('frames are taken one at a time, and the rest is kept', () => {
  const parser = new StompParser()
  parser.push(Buffer.from('BEGIN\n\n\0ABORT\n\n\0COM'))
  assert.equal(parser.next()?.command, 'BEGIN')
  parser.push(Buffer.from('MIT\n\n\0'))
  assert.equal(parser.next()?.command, 'ABORT')
  assert.equal(parser.next()?.command, 'COMMIT')
  assert.equal(parser.next(), undefined)
})
