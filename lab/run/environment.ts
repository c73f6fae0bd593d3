import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type, version } from 'node:os'
import type { Result } from '../../reports/schema/result.ts'

/** Machine, kernel and versions; nothing that names the machine or its user. */
export function describeEnvironment(
  versions: Readonly<Record<string, string>>,
  allowedCores: string | null,
): Result['environment'] {
  const processors = cpus()
  return {
    cpuModel: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    allowedCores,
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    kernel: `${type()} ${release()}`,
    os: distribution(),
    versions: { node: process.versions.node, ...versions },
  }
}

function distribution(): string {
  try {
    const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
    return name ?? version()
  } catch {
    return version()
  }
}

/** Commit of the checkout with `+changes` when it is not clean; null outside of a git checkout. */
export function checkoutCommit(folder: string): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const commit = git('rev-parse', '--short=12', 'HEAD')
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+changes`
  } catch {
    return null
  }
}
