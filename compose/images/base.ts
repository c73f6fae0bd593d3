/** What every image built here starts from: busybox for scripts and health checks, and names for users and hosts. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProvisionContext } from '../provision/context.ts'
import { type DebianPrograms, debianProgramsRecipe } from './debian.ts'
import type { ImageEntry, LocalContent } from './image.ts'

const STABLE = 'trixie'
const TRIPLET = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
const BUSYBOX = 'usr/bin/busybox'
const library = (name: string): string => `usr/lib/${TRIPLET}/${name}`

/** busybox, and the C and C++ libraries that Node and a Java runtime name in their headers. */
const BASE: DebianPrograms = {
  name: 'base',
  suite: STABLE,
  packages: ['busybox-static', 'libstdc++6', 'libatomic1', 'zlib1g'],
  programs: [
    ...['libstdc++.so.6', 'libgcc_s.so.1', 'libatomic.so.1', 'libz.so.1', 'libm.so.6'],
    ...['libdl.so.2', 'libpthread.so.0', 'librt.so.1', 'libresolv.so.2'],
  ].map(library),
  data: [BUSYBOX],
}

/** The tools scripts and people use. busybox finds which one it is by the name it is called with. */
const TOOLS = [
  ...['sh', 'ash', 'cat', 'chmod', 'cp', 'cut', 'date', 'dirname', 'env', 'false', 'grep', 'head', 'hostname', 'id'],
  ...[
    'ip',
    'kill',
    'ls',
    'mkdir',
    'mv',
    'nc',
    'nslookup',
    'printf',
    'ps',
    'rm',
    'sed',
    'sleep',
    'tail',
    'test',
    'touch',
  ],
  ...['timeout', 'tr', 'true', 'wc', 'wget'],
]

/** What all images here depend on. */
export const baseKey = (context: ProvisionContext): string => [baseRecipe(context).key, ...TOOLS].join(' ')

/** Content common to all; `account` names the user of the image, whose number is the official image's. */
export async function baseEntries(account: string, user: string, context: ProvisionContext): Promise<ImageEntry[]> {
  const base = await context.cache.entry(baseRecipe(context), context.signal)
  const [uid, gid] = user.split(':')
  return [
    { kind: 'copy', path: BUSYBOX, from: join(base, BUSYBOX) },
    ...TOOLS.map((name): ImageEntry => ({ kind: 'link', path: `usr/bin/${name}`, target: 'busybox' })),
    {
      kind: 'text',
      path: 'etc/passwd',
      text: `root:x:0:0:root:/:/bin/false\n${account}:x:${uid}:${gid}:${account}:/:/bin/sh\n`,
    },
    { kind: 'text', path: 'etc/group', text: `root:x:0:\n${account}:x:${gid}:\n` },
    { kind: 'text', path: 'etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
  ]
}

const baseRecipe = (context: ProvisionContext) => debianProgramsRecipe(BASE, context)

/** The libraries, for what comes from no Debian package. */
export async function libraryEntries(context: ProvisionContext): Promise<ImageEntry[]> {
  const base = await context.cache.entry(baseRecipe(context), context.signal)
  return [{ kind: 'copy', path: '', from: base, without: (path) => path === BUSYBOX }]
}

/** A health command: whether a TCP port takes connections. Debian's busybox has no `nc -z`. */
export const connects = (host: string, port: number): string[] => ['nc', '-w', '1', host, `${port}`, '-e', 'true']

/** A script of this folder, as an image's program. */
export async function script(name: string, path: string): Promise<ImageEntry> {
  return { kind: 'text', path, text: await scriptText(name), executable: true }
}

export const scriptText = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(join('scripts', name), import.meta.url)), 'utf8')

/** An image of these programs run by `user` (`uid:gid`, called `userName` in it), with what else it is to have. */
export function debianContent(
  wanted: DebianPrograms,
  user: string,
  userName: string,
  others: readonly ImageEntry[],
  context: ProvisionContext,
): LocalContent {
  const recipe = debianProgramsRecipe(wanted, context)
  return {
    key: recipe.key,
    entries: async () => [
      ...(await baseEntries(userName, user, context)),
      { kind: 'copy', path: '', from: await context.cache.entry(recipe, context.signal) },
      ...others,
    ],
  }
}
