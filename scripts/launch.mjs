// The first line of every npm script. Plain JavaScript that an old Node can still read: it says what is missing
// instead of failing on TypeScript it cannot parse.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `This lab needs Node 24 or newer; this is Node ${process.versions.node}.\n` +
      'Node 24 comes with `npm ci` (package "node"), placed by its install script. If your npm blocks install scripts:\n' +
      '  npm ci --allow-scripts=node,@swc/core      (or: npm rebuild node @swc/core)\n' +
      'or install Node 24 yourself, then run the same command again.\n',
  )
  process.exitCode = 4
} else {
  const [command, ...args] = process.argv.slice(2)
  const entry = await import(`./${command}.ts`)
  process.exitCode = await entry.main(args)
}
