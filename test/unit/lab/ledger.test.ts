import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StoredRow } from '../../../lab/audit/reader.ts'
import { flag, readLedger } from '../../../lab/ledger/file.ts'
import { Reconciliation } from '../../../lab/ledger/reconcile.ts'
import { evidenceOf } from '../../support/history.ts'
import { type LedgerMessage, ledgerFile } from '../../support/ledger-file.ts'

const rooms = [
  { id: 'room-a', members: [0, 1] },
  { id: 'room-b', members: [2, 3] },
]
const clean = (room: number, seq: number): LedgerMessage => ({
  room,
  seq,
  crc: 1_000 + seq,
  flags: flag.sent | flag.acked,
  delivered: [0, 1],
})
const rowOf = (k: number, { room, seq, crc }: LedgerMessage): StoredRow => ({
  roomId: rooms[room]!.id,
  seq,
  clientMessageId: `0-${room}-${k}`,
  bodyCrc32: crc,
})
const audit = { complete: true, reader: 'test', durationMs: 0, problem: null }
const noLog = { count: null, note: 'no log' }
const sums = evidenceOf({}).generators[0]!

/** Four clean messages, changed as the case wants; `rows` gets the rows of the clean store. */
function reconcile(
  change: (messages: LedgerMessage[]) => void = () => {},
  store: (rows: StoredRow[]) => StoredRow[] = (rows) => rows,
  outcome = audit,
  history = 0,
) {
  const messages = [clean(0, 1), clean(1, 1), clean(0, 2), clean(1, 2)]
  const rows = messages.map((message, k) => rowOf(k, message))
  change(messages)
  const book = new Reconciliation(readLedger(ledgerFile(messages, 2, rooms.length)), rooms, history)
  book.add(store(rows))
  const { ledger, refusedYetStored } = book.finish(sums, outcome, noLog)
  const found = ledger.counters.filter((counter) => counter.count !== 0)
  return {
    ledger,
    refusedYetStored,
    counters: Object.fromEntries(found.map(({ name, count }) => [name, count])),
    examples: Object.fromEntries(found.map(({ name, examples }) => [name, examples.map(({ k }) => k)])),
  }
}

test('a clean history has no counter above 0, and a funnel that adds up', () => {
  const { counters, ledger } = reconcile()
  assert.deepEqual(counters, {})
  const funnel = Object.fromEntries(ledger.funnel.map(({ stage, count }) => [stage, count]))
  assert.deepEqual(funnel, {
    intended: 4,
    sent: 4,
    acked: 4,
    logged: null,
    persisted: 4,
    delivered: 4,
    searchable: null,
  })
})

test('what the log says of itself stands in the funnel, repeats and all', () => {
  const book = new Reconciliation(readLedger(ledgerFile([clean(0, 1)], 2, rooms.length)), rooms)
  const { ledger } = book.finish(sums, audit, { count: 3, note: 'repeats count' })
  assert.deepEqual(
    ledger.funnel.find(({ stage }) => stage === 'logged'),
    { stage: 'logged', count: 3, note: 'repeats count' },
  )
})

describe('every invariant', () => {
  test('acked, not in the store: lost; it was delivered too, so it is also unsaved', () => {
    const { counters, examples } = reconcile(undefined, (rows) => rows.slice(1))
    assert.deepEqual(counters, { lost_after_ack: 1, delivered_unsaved: 1 })
    assert.deepEqual(examples.lost_after_ack, [0])
  })

  test('one member of two missed it: undelivered, unless he is excused', () => {
    const missed = (message: LedgerMessage) => ({ ...message, delivered: [0] })
    assert.deepEqual(
      reconcile((messages) => {
        messages[2] = missed(messages[2]!)
      }).counters,
      { undelivered: 1 },
    )
    assert.deepEqual(
      reconcile((messages) => {
        messages[2] = { ...missed(messages[2]!), excused: [1] }
      }).counters,
      {},
    )
  })

  test('delivered without ack and without row', () => {
    const { counters, ledger } = reconcile(
      (messages) => {
        messages[3] = { ...messages[3]!, flags: flag.sent }
      },
      (rows) => rows.slice(0, 3),
    )
    assert.deepEqual(counters, { delivered_unsaved: 1 })
    assert.deepEqual(ledger.indeterminate, { count: 1, stored: 0, notStored: 1 })
  })

  test('two rows of one message', () => {
    assert.deepEqual(reconcile(undefined, (rows) => [...rows, { ...rows[1]!, seq: 9 }]).counters, { duplicate_rows: 1 })
  })

  test('stored in another order than delivered', () => {
    const swapped = (rows: StoredRow[]) => [{ ...rows[0]!, seq: 2 }, rows[1]!, { ...rows[2]!, seq: 1 }, rows[3]!]
    assert.deepEqual(reconcile(undefined, swapped).counters, { order_mismatch: 1 })
  })

  test('other numbers in the same order are no mismatch', () => {
    const renumbered = (rows: StoredRow[]) => rows.map((row) => ({ ...row, seq: row.seq * 1_000 }))
    assert.deepEqual(reconcile(undefined, renumbered).counters, {})
  })

  test('the sender was told another place than the receivers', () => {
    const { counters } = reconcile((messages) => {
      messages[0] = { ...messages[0]!, flags: flag.sent | flag.acked | flag.seqsDiffer }
    })
    assert.deepEqual(counters, { order_mismatch: 1 })
  })

  test('changed in the store, changed on the way, or both: one message each', () => {
    const changedRow = (rows: StoredRow[]) => [{ ...rows[0]!, bodyCrc32: 7 }, ...rows.slice(1)]
    const changedFrame = (messages: LedgerMessage[]) => {
      messages[0] = { ...messages[0]!, flags: flag.sent | flag.acked | flag.wrongBody }
    }
    assert.deepEqual(reconcile(undefined, changedRow).counters, { corrupted: 1 })
    assert.deepEqual(reconcile(changedFrame).counters, { corrupted: 1 })
    assert.deepEqual(reconcile(changedFrame, changedRow).counters, { corrupted: 1 })
  })

  test('a row in a wrong room neither saves the message nor passes as it was sent', () => {
    const misplaced = (rows: StoredRow[]) => [{ ...rows[0]!, roomId: 'room-b' }, ...rows.slice(1)]
    assert.deepEqual(reconcile(undefined, misplaced).counters, {
      lost_after_ack: 1,
      delivered_unsaved: 1,
      corrupted: 1,
    })
  })
})

test('rows of others are counted as foreign and touch nothing', () => {
  const foreign = ['hello', '1-0-0', '0-0-99', '0-1-0', '0-0-0x'].map((clientMessageId, seq) => ({
    roomId: 'room-a',
    seq: 100 + seq,
    clientMessageId,
    bodyCrc32: 0,
  }))
  const { counters, ledger } = reconcile(undefined, (rows) => [...foreign, ...rows])
  assert.deepEqual(counters, {})
  assert.deepEqual([ledger.audit.rowsRead, ledger.audit.foreignRows], [9, 5])
})

test('the history stored before the run is counted by itself and in no figure of the run', () => {
  const rows = [0, 1, 2, 3].map((i) => ({
    roomId: 'room-a',
    seq: i + 1,
    clientMessageId: `history-${i}`,
    bodyCrc32: 0,
  }))
  const plain = reconcile()
  const { counters, ledger } = reconcile(undefined, (own) => [...rows, ...own], audit, 3)
  assert.deepEqual(counters, {})
  assert.deepEqual(ledger.funnel, plain.ledger.funnel)
  // The fourth is beyond the three that were written: somebody else's.
  assert.deepEqual(ledger.audit, { ...plain.ledger.audit, rowsRead: 5, foreignRows: 1, historyRows: 3 })
})

test('a refused message is neither lost nor indeterminate; stored all the same it is told', () => {
  const { counters, ledger, refusedYetStored } = reconcile((messages) => {
    messages[0] = { ...messages[0]!, flags: flag.sent | flag.refused }
  })
  assert.deepEqual(counters, {})
  assert.equal(ledger.indeterminate.count, 0)
  assert.equal(refusedYetStored, 1)
})

test('an audit that did not finish settles only what the receivers saw', () => {
  const { ledger } = reconcile(undefined, (rows) => rows.slice(0, 1), { ...audit, complete: false })
  const settled = ledger.counters.filter((counter) => counter.count !== null).map((counter) => counter.name)
  assert.deepEqual(settled, ['undelivered', 'duplicate_deliveries', 'reordered'])
  assert.equal(ledger.indeterminate.stored, null)
})

test('only the first five identities are kept, the count is whole', () => {
  const many = Array.from({ length: 8 }, (_, k) => clean(0, k + 1))
  const book = new Reconciliation(readLedger(ledgerFile(many, 2, rooms.length)), rooms)
  const lost = book.finish(sums, audit, noLog).ledger.counters.find((counter) => counter.name === 'lost_after_ack')!
  assert.equal(lost.count, 8)
  assert.deepEqual(
    lost.examples.map(({ k }) => k),
    [0, 1, 2, 3, 4],
  )
})

test('a ledger file that was cut short, or is another file, is refused', () => {
  const whole = ledgerFile([clean(0, 1)], 2, 1)
  assert.throws(() => readLedger(whole.subarray(0, whole.length - 9)), /cut short: column/)
  assert.throws(() => readLedger(whole.subarray(0, 20)), /within its header/)
  assert.throws(() => readLedger(new TextEncoder().encode('something else')), /LABLEDG1/)
})

test('columns are copied, so a pooled buffer may be reused', () => {
  const pooled = Buffer.concat([Buffer.alloc(16), ledgerFile([clean(0, 7)], 2, 1)]).subarray(16)
  const ledger = readLedger(pooled)
  pooled.fill(0)
  assert.deepEqual([ledger.seq[0], ledger.crc[0], ledger.flags[0]], [7, 1_007, 3])
})
