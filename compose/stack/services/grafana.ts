/** Grafana with the boards: whoever reaches it looks, and nobody logs in. What it keeps it makes anew from its files. */
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type ChatStackOptions, imageOf } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'

export const grafanaName = 'grafana'

/** Boards are for everybody to look at, and it asks nobody for news, plugins or updates. */
export const grafanaSettings = {
  GF_AUTH_ANONYMOUS_ENABLED: 'true',
  GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
  GF_ANALYTICS_REPORTING_ENABLED: 'false',
  GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
  GF_NEWS_NEWS_FEED_ENABLED: 'false',
  GF_PLUGINS_PREINSTALL_DISABLED: 'true',
} as const

/** Its first user would be admin with the password admin. */
const noLogin = {
  GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
  GF_AUTH_DISABLE_LOGIN_FORM: 'true',
  GF_AUTH_BASIC_ENABLED: 'false',
} as const

const dataMiB = 128

export interface GrafanaParts {
  readonly published: number
  /** Configs by name, with the path each is read at. */
  readonly files: Readonly<Record<string, string>>
}

export function grafanaService(
  options: Pick<ChatStackOptions, 'images' | 'cpus'>,
  { published, files }: GrafanaParts,
): ServiceSpec {
  const image = imageOf(options, 'grafana')
  const parts = imageParts(image)
  return {
    ...stateless,
    ...parts,
    scratch: [...parts.scratch, { target: image.facts.dataPath!, sizeMiB: dataMiB }],
    command: [],
    environment: { ...grafanaSettings, ...noLogin },
    networks: ['app'],
    ports: [{ target: image.facts.ports.http!, published, mesh: false }],
    configs: Object.entries(files).map(([source, target]) => ({ source, target })),
    healthcheck: healthOf(image),
    stopGraceMs: 5_000,
    replicas: 1,
    limits: { cpus: Math.min(options.cpus, 1), memoryMiB: 512, pids: 128 },
    reservations: { cpus: 0.02, memoryMiB: 96 },
    // A port of the node: two tasks cannot share it.
    update: { ...stateless.update, order: 'stop-first' },
    placement: 'edge',
  }
}
