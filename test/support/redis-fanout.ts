import { createClient } from '@redis/client'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { noCache } from '../../system/caches/none.ts'
import { encodeDraft, persistGroup, relayGroup, topics } from '../../system/chat/record.ts'
import { editions, editionWith } from '../../system/editions/index.ts'
import type { LossyFanout } from '../../system/fanouts/conformance.ts'
import type { Fanout } from '../../system/fanouts/fanout.ts'
import { channelsOf, type RedisFanoutKind } from '../../system/fanouts/redis/channels.ts'
import { openRedisFanout } from '../../system/fanouts/redis/fanout.ts'
import { publish } from '../../system/fanouts/redis/publisher.ts'
import type { DurableLog } from '../../system/logs/log.ts'
import type { Draft } from '../../system/protocol/message.ts'
import type { RedisAddress } from '../../system/redis/address.ts'
import { startPersister } from '../../system/roles/persister/persister.ts'
import { startRelay } from '../../system/roles/relay/relay.ts'
import type { RoleContext, RunningRole } from '../../system/roles/role.ts'
import { MessageStore } from './message-store.ts'

const partitions = 4
const knobs = { ...editions.mysql.knobs, partitions, persistBatchMs: 5 }
const logger = pino({ level: 'silent' })

export interface RelayedFanout extends LossyFanout {
  /** Starts one more relay of the same system, over a log of its own. */
  relayBeside(log: DurableLog): Promise<RunningRole>
}

/** A context with what relay and persister use of one. */
function redisContext(kind: RedisFanoutKind, log: DurableLog, store: MessageStore, redis: RedisAddress): RoleContext {
  const edition = { ...editionWith(editions.mysql, { fanout: kind }), knobs }
  const context = { edition, nodeId: 'test', store, log, redis, cache: noCache, metrics: new Registry(), logger }
  return context as unknown as RoleContext
}

/** Resolves when the group has committed everything that is in the log now. */
export async function caughtUp(log: DurableLog, group: string): Promise<void> {
  const ends = await log.endOffsets(topics.messages)
  for (;;) {
    const offsets = await log.committedOffsets(topics.messages, group)
    if ([...ends].every(([partition, end]) => (offsets.get(partition) ?? 0) >= end)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export async function appendDrafts(log: DurableLog, drafts: readonly Draft[]): Promise<void> {
  await log.append(
    topics.messages,
    drafts.map((draft) => ({ key: draft.roomId, value: encodeDraft(draft) })),
  )
}

/**
 * A fan-out through Redis as the suite wants it, with the relay that publishes and the persister that stores. What is to
 * be lost is published by a relay under another prefix, which nobody listens to.
 */
export async function redisFanoutUnderTest(
  kind: RedisFanoutKind,
  log: DurableLog,
  redis: RedisAddress,
  another?: () => DurableLog,
): Promise<RelayedFanout> {
  const store = new MessageStore()
  await log.openTopic(topics.messages, partitions)
  const relayTo = (to: RedisAddress) => startRelay(redisContext(kind, log, store, to))
  const persister = await startPersister(redisContext(kind, log, store, redis))
  let relay = await relayTo(redis)
  const admin = createClient({ url: redis.url })
  admin.on('error', () => {})
  await admin.connect()
  const relayFrom = async (to: RedisAddress) => {
    await caughtUp(log, relayGroup)
    await relay.drain(5_000)
    await relay.close()
    relay = await relayTo(to)
  }
  const others: Fanout[] = []
  const logs = [log]
  const fanout = openRedisFanout(kind, { log, store, partitions, redis, logger })
  return {
    fanout,
    relayBeside: (own) => startRelay(redisContext(kind, own, store, redis)),
    commit: (drafts) => appendDrafts(log, drafts),
    another: async () => {
      const own = another?.() ?? log
      const other = openRedisFanout(kind, { log: own, store, partitions, redis, logger })
      others.push(other)
      logs.push(own)
      return other
    },
    faults: {
      lose: async (work) => {
        await relayFrom({ ...redis, prefix: `${redis.prefix}nobody:` })
        await work()
        await relayFrom(redis)
      },
      cut: async () => void (await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])),
      repeat: async () => {
        await caughtUp(log, persistGroup)
        await publish(admin, channelsOf(kind, redis.prefix), store.messages)
      },
    },
    close: async () => {
      for (const each of [fanout, ...others]) await each.close()
      await relay.close()
      await persister.close()
      admin.destroy()
      for (const each of new Set(logs)) await each.close()
    },
  }
}
