/** Practice clusters for tests: in folders of fixed names, so that one a killed test left is found by the next. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { layoutOf } from '../../../compose/swarm/nodes/layout.ts'
import type { NodesContext } from '../../../compose/swarm/nodes/node.ts'
import { obstacleToNodes } from '../../../compose/swarm/nodes/requirements.ts'

export const nodesContext = (name: string): NodesContext => ({
  layout: layoutOf(join(tmpdir(), name)),
  env: process.env,
  signal: new AbortController().signal,
})

/** Where CI is set, root that cannot is a failure. */
export function skippedWithoutNodes(t: TestContext): boolean {
  const obstacle = obstacleToNodes(process.env)
  if (obstacle === null) return false
  if (process.env.CI && process.getuid?.() === 0) assert.fail(obstacle.message)
  t.skip(obstacle.message)
  return true
}
