import { readFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** Variables that may hold a secret: each may be given as `<NAME>_FILE`, the path of a file that holds the value. */
const secretVariables = ['CHAT_STORE_URL', 'CHAT_LOG_URL', 'CHAT_TOKEN_SECRET', 'CHAT_INTERNAL_TOKEN'] as const

/**
 * The environment with the values of such files in place, as Swarm and Kubernetes mount secrets: an environment can be
 * read by whoever may inspect a container. One line end after the value is not part of it.
 */
export function withSecretFiles(env: Environment, problems: string[]): Environment {
  const read = secretVariables.flatMap((name) => {
    const file = env[`${name}_FILE`]
    if (file === undefined || file === '') return []
    if (env[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set: leave one out`)
    const value = contentOf(file)
    if (value === undefined) problems.push(`${name}_FILE: the file ${file} cannot be read`)
    return value === undefined ? [] : [[name, value] as const]
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
