import { maxNodes, nodeName } from '../../compose/swarm/nodes/layout.ts'
import { chooseFrom, type FlagTable, flagHelp, parseFlags } from '../run/flags.ts'
import { parseCount, parseDurationMs } from '../run/quantities.ts'
import { type StackBackend, stackBackends } from '../stack/options.ts'

const nodesFlags = {
  nodes: { value: 'n', help: 'up: how many, the first is the manager (default 3)' },
  'dispatcher-heartbeat': {
    value: 'time',
    help: 'up: how often nodes tell the manager that they live; three missed, and their tasks start elsewhere (default 1s; a Swarm as Docker makes it has 5s)',
  },
  backend: {
    value: stackBackends.join('|'),
    help: `up: builds the images of that backend's stack on every node (default ${stackBackends[0]})`,
  },
  help: { help: 'print this' },
} as const satisfies FlagTable

/** What is done to one node. */
export const nodeVerbs = ['kill', 'start', 'cut', 'heal', 'leave', 'join'] as const
export type NodeVerb = (typeof nodeVerbs)[number]
const actions = ['up', 'status', 'down', 'run', ...nodeVerbs] as const

export type NodesOptions =
  | {
      readonly action: 'up'
      readonly nodes: number
      readonly dispatcherHeartbeatMs: number
      readonly backend: StackBackend
    }
  | { readonly action: 'status' }
  | { readonly action: 'down' }
  | { readonly action: 'run'; readonly command: readonly string[] }
  | { readonly action: NodeVerb; readonly node: string }

export const nodesUsage = `Usage: npm run nodes -- <action> [options]

A practice cluster: a Docker Swarm of several nodes on this machine, in namespaces of its own, to see what happens when
one of them is lost. Linux and root; nothing of it listens on this machine's network.
  up                   makes it; one that is there is removed first
  run <command> ...    runs a command where clients of the cluster are, with DOCKER_HOST at its manager:
                         npm run nodes -- run npm run stack -- up
                         npm run nodes -- run npm run spike -- --backend=mysql --runtime=swarm
  status               its nodes
  kill <node>          as if its power failed           start <node>   starts it again, with its disk
  cut <node>           takes its link away              heal <node>    gives it back
  leave <node>         has it leave the Swarm           join <node>    has it join again
  down                 removes all of it; twice is no error

${flagHelp(nodesFlags)}

Exit codes: 0 done, 2 wrong usage, 4 something is missing or did not start, 130 stopped by hand; of run the command's own.
`

/** Null for --help. Pushes every problem there is. */
export function readNodesOptions(args: readonly string[], problems: string[]): NodesOptions | null {
  // What follows is a command with options of its own.
  if (args[0] === 'run') {
    const command = args.slice(1)
    if (command.length === 0) problems.push('say what to run: npm run nodes -- run npm run stack -- status')
    return { action: 'run', command }
  }
  const { values, positionals } = parseFlags(nodesFlags, args, problems)
  if (values.has('help')) return null
  const [word = '', ...words] = positionals
  const verb = nodeVerbs.find((one) => one === word)
  const extra = verb === undefined ? words : words.slice(1)
  for (const one of extra) problems.push(`"${one}" is no option; options begin with --`)
  if (verb !== undefined) return { action: verb, node: nodeOf(verb, words[0], problems) }
  if (word === 'status') return { action: 'status' }
  if (word === 'down') return { action: 'down' }
  if (word !== 'up')
    problems.push(
      word === '' ? `say what to do: ${actions.join(', ')}` : `"${word}" is unknown${chooseFrom(word, actions)}`,
    )
  const given = (name: keyof typeof nodesFlags, fallback: string) => values.get(name)?.[0] ?? fallback
  const nodes = parseCount(given('nodes', '3')) ?? 0
  if (nodes < 1 || nodes > maxNodes)
    problems.push(`--nodes=${given('nodes', '')}: give a whole number from 1 to ${maxNodes}`)
  const heartbeat = given('dispatcher-heartbeat', '1s')
  const dispatcherHeartbeatMs = parseDurationMs(heartbeat) ?? 0
  if (dispatcherHeartbeatMs < 1_000 || dispatcherHeartbeatMs > 60_000)
    problems.push(`--dispatcher-heartbeat=${heartbeat}: give a time from 1s to 60s`)
  const name = given('backend', stackBackends[0]!)
  const backend = stackBackends.find((one) => one === name)
  if (backend === undefined) problems.push(`--backend=${name} is unknown${chooseFrom(name, stackBackends)}`)
  return { action: 'up', nodes, dispatcherHeartbeatMs, backend: backend ?? stackBackends[0]! }
}

function nodeOf(verb: NodeVerb, name: string | undefined, problems: string[]): string {
  if (name === undefined || !/^n[1-9]$/.test(name))
    problems.push(`say which node: npm run nodes -- ${verb} ${nodeName(3)}`)
  return name ?? ''
}
