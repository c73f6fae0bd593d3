import type { SendTarget } from '../../protocol/destinations.ts'
import { ChatError } from '../../protocol/errors.ts'
import type { Signal } from '../../protocol/message.ts'
import type { Mark } from '../receipts.ts'
import { asMember } from './access.ts'
import type { Connection } from './connection.ts'
import type { GatewayParts } from './parts.ts'
import { refuse } from './refusal.ts'
import { unavailable } from './refusal-body.ts'

type Target = SendTarget & { kind: 'room' }
type Fields = Record<string, unknown>

interface Actor {
  readonly roomId: string
  readonly userId: string
  readonly nickname: string
}

/** What a member does in a room besides sending: each tells the room by signals, and stores no message. */
export function actInRoom(
  parts: GatewayParts,
  connection: Connection,
  target: Target,
  fields: Fields,
  receiptId: string | undefined,
): Promise<void> | undefined {
  const { roomId } = target
  const { userId, nickname } = connection.login!.claims
  const actor: Actor = { roomId, userId, nickname }
  const stop = (error: ChatError) => refuse(parts, connection, error, { receiptId })
  const act = async () => {
    try {
      await actions[target.action as keyof typeof actions](parts, actor, fields)
      connection.acknowledge(receiptId)
    } catch (cause) {
      stop(unavailable(cause, `${target.action} could not be done`))
    }
  }
  return asMember(parts, connection, roomId, { go: act, stop })
}

const actions = {
  enter: (parts: GatewayParts, actor: Actor) => enter(parts, actor),
  leave: (parts: GatewayParts, actor: Actor) => leave(parts, actor),
  typing: (parts: GatewayParts, actor: Actor) => tell(parts, { event: 'TYPING', ...actor }),
  receipt: (parts: GatewayParts, actor: Actor, fields: Fields) => receipt(parts, actor, fields),
}

function tell(parts: GatewayParts, ...signals: Signal[]): Promise<void> {
  return parts.context.fanout.signal(signals)
}

/** Entering reads everything there is. */
async function enter(parts: GatewayParts, { roomId, userId }: Actor): Promise<void> {
  const uptoSeq = await parts.receipts.lastSeq(roomId)
  if (uptoSeq > 0) await parts.receipts.raise({ roomId, userId, kind: 'read', uptoSeq })
  await tell(parts, { event: 'ROOM', roomId, userId, change: 'ENTERED' })
}

async function leave(parts: GatewayParts, { roomId, userId }: Actor): Promise<void> {
  const { removed } = await parts.context.store.directory.removeMember(roomId, userId)
  parts.members.invalidate(roomId, userId)
  if (removed) await tell(parts, { event: 'MEMBER', roomId, userId, change: 'LEFT' })
}

async function receipt(parts: GatewayParts, { roomId, userId }: Actor, fields: Fields): Promise<void> {
  const { kind, uptoSeq } = fields
  const problems: string[] = []
  if (kind !== 'delivered' && kind !== 'read') problems.push('kind must be delivered or read')
  if (!Number.isSafeInteger(uptoSeq) || (uptoSeq as number) < 1) problems.push('uptoSeq must be a whole number from 1')
  if (problems.length > 0) throw new ChatError('MSG-400', problems.join('; '))
  await parts.receipts.raise({ roomId, userId, kind: kind as Mark['kind'], uptoSeq: uptoSeq as number })
}
