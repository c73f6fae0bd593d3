import { logConformance } from '../../../system/logs/conformance.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'

logConformance('memory', openMemoryLog)
