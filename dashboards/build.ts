import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { boards as allBoards } from './boards/index.ts'
import { provisioning, stackProvisioning } from './grafana/provisioning.ts'
import { renderRules } from './prometheus/rules.ts'
import { renderBoard } from './render.ts'

/** The committed files: dashboards as Grafana reads them, what provisions them in a stack, and Prometheus' rules. */

export const builtFolder = fileURLToPath(new URL('./built/', import.meta.url))

/** Paths below `dashboards/built/` with their texts: what Grafana reads. */
export function grafanaFiles(): ReadonlyMap<string, string> {
  const dashboards = allBoards.map((board): [string, string] => [
    `${board.uid}.json`,
    `${JSON.stringify(renderBoard(board), null, 2)}\n`,
  ])
  const files = [...provisioning(stackProvisioning)].map(([path, text]): [string, string] => [
    `provisioning/${path}`,
    text,
  ])
  return new Map([...dashboards, ...files])
}

const builtFiles = () => new Map([...grafanaFiles(), ['prometheus/rules.yml', renderRules()]])

/** One line a file that is not what its source says: missing, different or left over. Empty when all is fresh. */
export async function staleFiles(folder = builtFolder): Promise<string[]> {
  const wanted = builtFiles()
  const found = new Set(await filesBelow(folder))
  const problems: string[] = []
  for (const [path, text] of wanted) {
    if (!found.has(path)) problems.push(`${path} is missing`)
    else if ((await readFile(join(folder, path), 'utf8')) !== text) problems.push(`${path} is not what its source says`)
  }
  for (const path of found) if (!wanted.has(path)) problems.push(`${path} has no source`)
  return problems
}

/** Writes what is missing or different and removes what is left over; returns what it did, one line a file. */
export async function writeBuilt(folder = builtFolder): Promise<string[]> {
  const stale = await staleFiles(folder)
  const wanted = builtFiles()
  for (const path of await filesBelow(folder)) if (!wanted.has(path)) await rm(join(folder, path))
  for (const [path, text] of wanted) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return stale
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length))
    .sort()
}
