import type { ChatMessage } from '../../protocol/message.ts'
import type { RedisClient } from '../../redis/connection.ts'
import { type Channels, encodePublication } from './channels.ts'

/** So much of a batch goes into one publication: a subscriber that is cut in its midst repairs no more than that. */
const publicationMessages = 100

/**
 * Publishes messages, each room's in the order given. Resolves when the server has handed them to whoever was
 * subscribed. Rejects when it cannot be told: publishing the same again is harmless.
 */
export async function publish(
  client: Pick<RedisClient, 'publish'>,
  channels: Channels,
  messages: readonly ChatMessage[],
): Promise<void> {
  const publications: Promise<number>[] = []
  for (const [channel, group] of Map.groupBy(messages, ({ roomId }) => channels.of(roomId))) {
    for (let first = 0; first < group.length; first += publicationMessages) {
      const part = group.slice(first, first + publicationMessages)
      publications.push(client.publish(channel, encodePublication(part)))
    }
  }
  const failed = (await Promise.allSettled(publications)).find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
