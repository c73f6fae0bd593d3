import { drill } from '../../scenarios/definitions/drill.ts'
import { exitCodes } from '../judge/verdict.ts'
import { carryOut, refuse, scenarioDefaults } from '../run/command.ts'
import type { Io } from '../run/execute.ts'
import { chooseFrom, flagHelp } from '../run/flags.ts'
import { type ResolvedCommand, resolveRun } from '../run/options.ts'
import type { ResolvedRun } from '../run/resolved.ts'
import { runFlags } from '../run/runFlags.ts'
import { commandLine, type Setting } from '../run/setting.ts'
import { type Drill, definitionOf, faultsOf, standard } from './drill.ts'
import { drills } from './drills.ts'
import { listText } from './list.ts'

/** `npm run drill -- <name>`. Resolves to the exit code of a run. */
export async function drillCommand(args: readonly string[], io: Io): Promise<number> {
  const [name = '', ...rest] = args
  if (name === 'list') {
    io.stdout.write(listText(Object.values(drills)))
    return exitCodes.PASS
  }
  if (args.includes('--help')) {
    io.stdout.write(helpText())
    return exitCodes.PASS
  }
  const command = resolveDrill(name, rest)
  if (command.kind === 'problems') return refuse(command.problems, 'drill', io)
  return carryOut(command, io)
}

/** Finds every problem of the command line before it gives up. */
export function resolveDrill(
  name: string,
  args: readonly string[],
): Exclude<ResolvedCommand, { readonly kind: 'help' }> {
  const found = Object.hasOwn(drills, name) ? drills[name] : undefined
  const problems: string[] = []
  if (found === undefined) {
    const known = Object.keys(drills)
    const isMissing = name === '' || name.startsWith('-')
    problems.push(
      isMissing ? `say which drill: ${known.join(', ')}` : `there is no drill "${name}"${chooseFrom(name, known)}`,
    )
  }
  // The options are looked at all the same.
  const taken = found ?? drills['kill-gateway']!
  const given = found === undefined && name.startsWith('-') ? [name, ...args] : args
  const resolved = resolveRun(definitionOf(taken), given, undefined, settingOf(taken, given))
  if (resolved.kind === 'help') throw new Error('help is answered before')
  if (resolved.kind === 'problems') problems.push(...resolved.problems)
  else if (found !== undefined) problems.push(...needs(found, resolved.run))
  if (problems.length > 0 || resolved.kind === 'problems') return { kind: 'problems', problems }
  return resolved
}

function settingOf(drill: Drill, given: readonly string[]): Setting {
  return {
    ...standard,
    gateways: drill.gateways.standard,
    fanout: drill.fanout ?? null,
    knobs: drill.knobs ?? {},
    faults: (profile) => faultsOf(drill, profile),
    command: () => commandLine('drill', [drill.name, ...given]),
  }
}

function needs({ name, gateways }: Drill, run: ResolvedRun): string[] {
  const problems: string[] = []
  if (run.gateways < gateways.least)
    problems.push(`${name} needs --gateways=${gateways.least} or more: somebody has to serve meanwhile`)
  if (gateways.least > 1 && run.backend === 'sqlite')
    problems.push(`${name}: not offered by --backend=sqlite: its gateways share one process, and none would be left`)
  if (!run.profile.some(({ phase }) => phase === 'hold'))
    problems.push(`${name} needs a hold: that is when something is done to the chat`)
  return problems
}

function helpText(): string {
  return `Usage: npm run drill -- <name> [options]
       npm run drill -- list

Holds a rate, does something to the chat under that load, and judges what it cost: nothing may be lost.
${Object.values(drills)
  .map(({ name, title }) => `  ${name.padEnd(16)} ${title}`)
  .join('\n')}

${flagHelp(runFlags, { ...scenarioDefaults(drill.defaults), backend: standard.backend, runtime: standard.runtime })}

Exit codes: as of a run (npm run spike -- --help).

Examples:
  npm run drill -- rolling-update
  npm run drill -- kill-gateway --runtime=native --rate=200
  npm run drill -- kill-persister --backend=mongo --slo=drain:max=5s
`
}
