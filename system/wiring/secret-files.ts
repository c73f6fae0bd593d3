import { readFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

const form = /^(CHAT_[A-Z_]+)_FILE$/

/**
 * The environment with `CHAT_X` read from the file that `CHAT_X_FILE` names, as Swarm and Kubernetes mount secrets: an
 * environment can be read by whoever may inspect a container. One line end after the value is not part of it.
 */
export function withSecretFiles(env: Environment, problems: string[]): Environment {
  const read = Object.entries(env).flatMap(([variable, file]): [string, string][] => {
    const name = form.exec(variable)?.[1]
    if (name === undefined || file === undefined || file === '') return []
    if (env[name] !== undefined) problems.push(`${name} and ${variable} are both set: leave one out`)
    const value = contentOf(file)
    if (value === undefined) problems.push(`${variable}: the file ${file} cannot be read`)
    return value === undefined ? [] : [[name, value]]
  })
  return { ...env, ...Object.fromEntries(read) }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
}
