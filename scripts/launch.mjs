// The first line of every npm script. Plain JavaScript that an old Node can still read: it says what is missing
// instead of failing on TypeScript it cannot parse.
const bug = 5

function fail(error) {
  const text = error instanceof Error ? error.stack || error.message : String(error)
  process.stderr.write(`This is a bug of the lab:\n${text}\n`)
}

// A reader that has seen enough (`npm run spike | head`) is no reason to leave components behind.
function ignoreClosedPipe(error) {
  if (error.code !== 'EPIPE') throw error
}

// npm passes SIGINT and SIGTERM on to us. Killed with -9 it cannot: then the command takes itself for interrupted, so
// that what it started goes too.
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  const { ppid } = process
  const watch = setInterval(() => {
    if (process.ppid === ppid) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGINT')
  }, 200)
  watch.unref()
}

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
  endWithNpm()
  process.stdout.on('error', ignoreClosedPipe)
  process.stderr.on('error', ignoreClosedPipe)
  // Node's own exit code for these is 1, which here says that an objective was missed.
  process.on('uncaughtException', (error) => {
    fail(error)
    process.exit(bug)
  })
  // Until a command has answered: one that never does must not pass.
  process.exitCode = bug
  const [command, ...args] = process.argv.slice(2)
  import(`./${command}.ts`)
    .then((entry) => entry.main(args))
    .then(
      (code) => {
        process.exitCode = code
      },
      (error) => fail(error),
    )
}
