/** MySQL as Prometheus sees it: an exporter beside it, on the network of the engines. */
import { exporterArguments } from '../../components/exporters.ts'
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type ChatStackOptions, imageOf, secretFile, secretNames } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'
import { mysqlUser } from './mysql.ts'

export const mysqlExporterName = 'mysql-exporter'

export function mysqlExporterService(options: Pick<ChatStackOptions, 'images' | 'cpus'>): ServiceSpec {
  const image = imageOf(options, 'mysql-exporter')
  return {
    ...stateless,
    ...imageParts(image),
    command: [`--config.my-cnf=${secretFile('mysqlClient')}`, ...exporterArguments.mysql],
    environment: { GOMAXPROCS: '1' },
    secrets: [secretNames.mysqlClient],
    networks: ['data'],
    healthcheck: healthOf(image),
    stopGraceMs: 2_000,
    replicas: 1,
    limits: { cpus: Math.min(options.cpus, 0.5), memoryMiB: 64, pids: 32 },
    reservations: { cpus: 0.01, memoryMiB: 16 },
  }
}

/** The exporter's file of who it is: the user of the chat, for the counters of status ask for no privilege. */
export const mysqlClient = (host: string, port: number, password: string): string =>
  `[client]\nhost = ${host}\nport = ${port}\nuser = ${mysqlUser}\npassword = ${password}\n`
