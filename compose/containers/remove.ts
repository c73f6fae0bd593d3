/** Takes away what a session left on a daemon: told by its label, so that nothing of anybody else is touched. */
import type { Daemon } from '../docker/daemon.ts'
import { unless } from './process.ts'

const SESSION_LABEL = 'chat-lab.session'

export const labelsOf = (sessionId: string, component: string): Record<string, string> => ({
  [SESSION_LABEL]: sessionId,
  'chat-lab.component': component,
})

/** Names of the containers and volumes that were removed. Rejects with the daemon's error; may be called again. */
export async function removeSession({ api }: Daemon, sessionId: string): Promise<string[]> {
  const filters = { label: [`${SESSION_LABEL}=${sessionId}`] }
  const containers = await api.listContainers({ all: true, filters })
  await Promise.all(
    // 409: somebody removes it already.
    containers.map(({ Id }) => api.getContainer(Id).remove({ force: true, v: true }).catch(unless(404, 409))),
  )
  const { Volumes = [] } = await api.listVolumes({ filters })
  await Promise.all((Volumes ?? []).map(({ Name }) => api.getVolume(Name).remove().catch(unless(404))))
  return [
    ...containers.map(({ Names, Id }) => Names[0]?.slice(1) ?? Id.slice(0, 12)),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
  ]
}
