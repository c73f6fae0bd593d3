import { isUtf8 } from 'node:buffer'
import { ChatError } from '../errors.ts'
import { limits } from '../limits.ts'
import { checkEscapes } from './escapes.ts'
import { headerKeys, rawHeader, StompFrame } from './frame.ts'

export interface ParserLimits {
  readonly headers: number
  /** Command and headers with their line ends; a token of a few KiB must fit. */
  readonly headBytes: number
  /** The whole frame with its NUL. */
  readonly frameBytes: number
}

export const parserLimits: ParserLimits = { headers: 64, headBytes: 16_384, frameBytes: limits.frameBytes }

const NUL = 0
const LF = 10
const CR = 13
const COLON = 58
const BACKSLASH = 92
const longestCommand = 'UNSUBSCRIBE'.length
const commands = new Set([
  ...['CONNECT', 'STOMP', 'SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ABORT', 'DISCONNECT'],
  ...['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'],
])
const nothing = Buffer.alloc(0)

/**
 * Reads STOMP frames from chunks of bytes that may be cut anywhere. What it yields does not depend on the cuts.
 *
 * `push` hands bytes over, `next` takes one frame out, so a caller may stop between two frames of one chunk. A
 * frame that lies whole in one chunk is read where it is, without a copy; an unfinished one is kept in a buffer
 * of its own, of at most `frameBytes` and what was pushed since `next` was last called.
 * Errors: `next` throws ChatError SYS-400 (malformed) or MSG-413 (over a limit) once, and reads no more then.
 */
export class StompParser {
  readonly #limits: ParserLimits
  #bytes: Buffer = nothing
  /** Whether `#bytes` is this parser's own and may be appended to. */
  #owned = false
  #dead = false
  #start = 0
  #end = 0

  /** Where reading goes on within the frame that begins at `#start`. */
  #at = 0
  #command = ''
  /** The LF that ends the command line, and the first byte of the header line that is being read. */
  #commandLf = 0
  #lineStart = 0
  #lines = 0
  #colonSeen = false
  #ascii = true
  #carriage = false
  #backslash = false
  #head: string | undefined
  #escaped = false
  #bodyStart = 0
  #contentLength = -1

  constructor(bounds: ParserLimits = parserLimits) {
    this.#limits = bounds
  }

  /** Bytes held for frames that are not complete, or not taken out yet. */
  get heldBytes(): number {
    return this.#end - this.#start
  }

  push(chunk: Buffer): void {
    if (this.#dead) return
    if (this.#start !== this.#end) {
      this.#append(chunk)
      return
    }
    this.#bytes = chunk
    this.#owned = false
    this.#end = chunk.length
    this.#beginFrame(0)
  }

  /** The next complete frame, or undefined until more bytes are pushed. Line ends between frames are skipped. */
  next(): StompFrame | undefined {
    if (this.#start === this.#end) {
      // An idle connection must not pin the slab its last chunk was read into.
      if (this.#bytes !== nothing) this.#release()
      return undefined
    }
    try {
      const frame = this.#read()
      if (frame === undefined) this.#keep(0)
      return frame
    } catch (error) {
      this.discard()
      throw error
    }
  }

  /** Lets go of every byte and takes no more. */
  discard(): void {
    this.#dead = true
    this.#release()
  }

  #read(): StompFrame | undefined {
    if (this.#head === undefined) {
      if (this.#command === '' && !this.#readCommand()) return undefined
      if (!this.#scanHeaders()) return undefined
      this.#finishHead()
    }
    const bodyEnd = this.#contentLength === -1 ? this.#findNul() : this.#countedEnd()
    if (bodyEnd === -1) return undefined
    const body = this.#bytes.subarray(this.#bodyStart, bodyEnd)
    const frame = new StompFrame(this.#command, this.#head as string, this.#escaped, body)
    this.#beginFrame(bodyEnd + 1)
    return frame
  }

  #beginFrame(start: number): void {
    this.#start = this.#at = start
    this.#command = ''
    this.#head = undefined
    this.#lines = 0
    this.#colonSeen = this.#carriage = this.#backslash = false
    this.#ascii = true
  }

  /** Skips heart-beats (line ends between frames), then reads the command line. False when it is not complete. */
  #readCommand(): boolean {
    const bytes = this.#bytes
    const end = this.#end
    let at = this.#start
    if (this.#at === at) {
      while (at < end && (bytes[at] === LF || (bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF))) at++
      this.#start = at
    }
    for (at = this.#at = Math.max(this.#at, at); at < end; at++) {
      const byte = bytes[at] as number
      if (byte >= 65 && byte <= 90 && at - this.#start < longestCommand) continue
      if (byte === CR && at + 1 === end) break
      const lf = byte === CR ? at + 1 : at
      if (bytes[lf] !== LF || at === this.#start) throw malformed('the first line of a frame is no command')
      this.#command = commandAt(bytes, this.#start, at)
      this.#carriage = lf !== at
      this.#commandLf = lf
      this.#at = this.#lineStart = lf + 1
      return true
    }
    this.#at = at
    return false
  }

  /** Goes over the header lines once, byte by byte. True when the empty line that ends them was read. */
  #scanHeaders(): boolean {
    const bytes = this.#bytes
    const headEnd = this.#start + this.#limits.headBytes
    const stop = Math.min(this.#end, headEnd)
    let at = this.#at
    for (; at < stop; at++) {
      const byte = bytes[at] as number
      if (byte > COLON) {
        if (byte > 127) this.#ascii = false
        else if (byte === BACKSLASH) this.#backslash = true
      } else if (byte === COLON) {
        if (at === this.#lineStart) throw malformed('a header has no name')
        this.#colonSeen = true
      } else if (byte <= CR) {
        if (byte === LF && this.#endLine(at)) return true
        if (byte === NUL) throw malformed('a frame ends before the empty line that ends its headers')
        if (byte !== CR) continue
        if (at + 1 === this.#end) break
        if (bytes[at + 1] !== LF) throw malformed('a carriage return stands alone among the headers')
        this.#carriage = true
      }
    }
    this.#at = at
    if (at < headEnd) return false
    throw new ChatError('MSG-413', `the headers of a frame are over ${this.#limits.headBytes} bytes`)
  }

  #endLine(lf: number): boolean {
    const lineStart = this.#lineStart
    const empty = lf === lineStart || (lf === lineStart + 1 && this.#bytes[lineStart] === CR)
    if (empty) {
      this.#bodyStart = lf + 1
      return true
    }
    if (!this.#colonSeen) throw malformed('a header line has no colon')
    if (++this.#lines > this.#limits.headers) {
      throw new ChatError('MSG-413', `a frame has more than ${this.#limits.headers} headers`)
    }
    this.#lineStart = lf + 1
    this.#colonSeen = false
    return false
  }

  #finishHead(): void {
    const from = this.#commandLf
    const to = this.#lineStart
    if (!this.#ascii && !isUtf8(this.#bytes.subarray(from, to))) throw malformed('a header is not UTF-8')
    let head = this.#bytes.toString(this.#ascii ? 'latin1' : 'utf8', from, to)
    if (this.#carriage) head = head.replaceAll('\r\n', '\n')
    this.#escaped = this.#backslash && !unescapedCommands.has(this.#command)
    if (this.#escaped) checkEscapes(head)
    this.#contentLength = contentLengthOf(head)
    this.#head = head
    this.#at = this.#bodyStart
  }

  #findNul(): number {
    // An owned buffer has room after its end, and what stands there is not part of the frame.
    const found = this.#owned
      ? this.#bytes.subarray(this.#at, this.#end).indexOf(NUL) + this.#at
      : this.#bytes.indexOf(NUL, this.#at)
    const nul = found < this.#at ? -1 : found
    if ((nul === -1 ? this.#end : nul) - this.#start >= this.#limits.frameBytes) throw this.#tooLarge()
    if (nul === -1) this.#at = this.#end
    return nul
  }

  #countedEnd(): number {
    const bodyEnd = this.#bodyStart + this.#contentLength
    if (bodyEnd - this.#start >= this.#limits.frameBytes) throw this.#tooLarge()
    if (bodyEnd >= this.#end) return -1
    if (this.#bytes[bodyEnd] !== NUL) throw malformed('content-length does not lead to the NUL that ends the frame')
    return bodyEnd
  }

  #tooLarge(): ChatError {
    return new ChatError('MSG-413', `a frame is over ${this.#limits.frameBytes} bytes`)
  }

  #append(chunk: Buffer): void {
    if (!this.#owned || this.#bytes.length - this.#end < chunk.length) this.#keep(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** Moves what is held into a buffer of this parser's own with room for more: a chunk belongs to its socket. */
  #keep(roomBytes: number): void {
    if (this.#start === this.#end) this.#release()
    if (this.#start === this.#end || (this.#owned && roomBytes === 0)) return
    const held = this.heldBytes
    // Doubling keeps the copying linear when a frame comes byte by byte.
    const own = Buffer.allocUnsafeSlow(Math.max(512, held * 2, held + roomBytes))
    own.set(this.#bytes.subarray(this.#start, this.#end))
    const by = this.#start
    this.#bytes = own
    this.#owned = true
    this.#start = 0
    this.#end = held
    this.#at -= by
    this.#commandLf -= by
    this.#lineStart -= by
    this.#bodyStart -= by
  }

  #release(): void {
    this.#bytes = nothing
    this.#owned = false
    this.#end = 0
    this.#beginFrame(0)
  }
}

const unescapedCommands = new Set(['CONNECT', 'STOMP', 'CONNECTED'])

/** A known command as the one string there is of it, so that later comparisons are of pointers. */
function commandAt(bytes: Buffer, from: number, to: number): string {
  if (to - from === 4 && bytes[from] === 83 && bytes[from + 1] === 69 && bytes[from + 3] === 68) {
    if (bytes[from + 2] === 78) return 'SEND'
  }
  const command = bytes.toString('latin1', from, to)
  if (!commands.has(command)) throw malformed('the first line of a frame is no command of STOMP')
  return command
}

function contentLengthOf(head: string): number {
  const value = rawHeader(head, headerKeys.contentLength)
  if (value === undefined) return -1
  if (!/^\d{1,12}$/.test(value)) throw malformed('content-length is no number')
  return Number(value)
}

function malformed(what: string): ChatError {
  return new ChatError('SYS-400', `not a STOMP 1.2 frame: ${what}`)
}
