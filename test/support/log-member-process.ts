/**
 * A member of a group in a process of its own, to be killed:
 * `node log-member-process.ts <log url> <topic> <group> <instance id> <session ms>`. Says each record it read, a line each.
 */
import { openLog } from '../../system/logs/open.ts'

const [url, topic, group, instanceId, sessionMs] = process.argv.slice(2)
const log = openLog('kafka', { url, nodeId: `member-${process.pid}`, instanceId, sessionMs: Number(sessionMs) })
await log.consume(topic!, group!, async (records) => {
  for (const { value } of records) process.stdout.write(`${Buffer.from(value)}\n`)
})
