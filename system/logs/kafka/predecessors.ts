import type { Admin } from '@platformatic/kafka'
import { isPredecessor, type KafkaAddress } from './address.ts'
import { hasAnswer } from './errors.ts'

/**
 * Removes from the group what earlier processes of this instance left in it: one killed with -9 stays a member until
 * its session has run out, and nobody reads its partitions meanwhile. Does nothing for a process without an instance.
 *
 * Kafka's own static membership (`group.instance.id`) is not used. It fences the older of two processes that live, as
 * they do in an update that starts the new one first; and the client (2.12.1) answers being fenced by joining again
 * under the same id, so that the two would fence each other for ever. One that is removed here joins as a further
 * member.
 */
export async function removePredecessors(admin: Admin, address: KafkaAddress, group: string): Promise<void> {
  if (address.instance === undefined) return
  const members = (await admin.describeGroups({ groups: [group] })).get(group)?.members.values() ?? []
  const left = [...members].filter(({ clientId }) => isPredecessor(address, clientId))
  // The client takes an empty list for all there are.
  if (left.length === 0) return
  const reason = `replaced by ${address.clientId}`
  try {
    await admin.removeMembersFromConsumerGroup({
      groupId: group,
      members: left.map(({ id }) => ({ memberId: id, reason })),
    })
  } catch (error) {
    // Its session ran out in between.
    if (!hasAnswer(error, 'UNKNOWN_MEMBER_ID')) throw error
  }
}
