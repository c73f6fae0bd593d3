import type { ChatMessage } from '../../../system/protocol/message.ts'

const rooms = 200
const users = 1_000
/** Not counted: both sides compile their code in them. */
const warmRounds = 2
const rounds = 15
const leastRowsARound = 2_000
export const note = `median of ${rounds} rounds`

export function against(cpuUs: number, floorUs: number) {
  return { cpuUs, floorUs, ratio: cpuUs / floorUs }
}

/** Runs the sides in turns, each round beginning with another one. Medians of the rounds, microseconds a row. */
export async function costsOf<Side extends string>(
  batchRows: number,
  prepare: (batches: ChatMessage[][]) => Record<Side, () => Promise<void>>,
): Promise<Record<Side, number>> {
  const next = messageSource()
  const costs = new Map<string, number[]>()
  const rowsARound = Math.max(leastRowsARound, batchRows)
  for (let round = -warmRounds; round < rounds; round++) {
    const batches = Array.from({ length: rowsARound / batchRows }, () => Array.from({ length: batchRows }, next))
    const turns = Object.entries<() => Promise<void>>(prepare(batches))
    for (let turn = 0; turn < turns.length; turn++) {
      const [side, run] = turns[(turn + round + warmRounds) % turns.length]!
      const costUs = (await cpuUs(run)) / rowsARound
      if (round >= 0) costs.set(side, [...(costs.get(side) ?? []), costUs])
    }
  }
  return Object.fromEntries([...costs].map(([side, values]) => [side, median(values)])) as Record<Side, number>
}

export function inTurn<Batch>(batches: Batch[], write: (batch: Batch) => Promise<void>): () => Promise<void> {
  return async () => {
    for (const batch of batches) await write(batch)
  }
}

async function cpuUs(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Messages as the default scenario sends them: 200 rooms, 1,000 senders, 200 bytes of Korean and English. */
function messageSource(): () => ChatMessage {
  let k = 0
  const lastSeqs = new Map<string, number>()
  return () => {
    k++
    const roomId = `01ROOM${String(k % rooms).padStart(20, '0')}`
    const prevSeq = lastSeqs.get(roomId) ?? 0
    lastSeqs.set(roomId, prevSeq + 1)
    return {
      id: `01MESSAGE${String(k).padStart(17, '0')}`,
      roomId,
      senderId: `01USER${String(k % users).padStart(20, '0')}`,
      nickname: `별명-${k % users}`,
      clientMessageId: `g0:${k % rooms}:${k}`,
      type: 'TALK',
      body: `${k} 오늘 저녁에 축구 보러 갈래요? See you at the station at seven. `.repeat(2),
      sentAtMs: 1_700_000_000_000 + k,
      acceptedAtMs: 1_700_000_000_001 + k,
      seq: prevSeq + 1,
      prevSeq,
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
