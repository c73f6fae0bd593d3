import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'

/** A process of its own that holds the write lock of the SQLite file named by its argument until it is told a line. */
const db = new DatabaseSync(process.argv[2]!)
db.exec('BEGIN EXCLUSIVE')
process.stdout.write('locked\n')
createInterface({ input: process.stdin }).once('line', () => {
  db.exec('COMMIT')
  db.close()
  process.stdin.destroy()
})
