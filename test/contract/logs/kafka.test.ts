import { after, test } from 'node:test'
import { logConformance } from '../../../system/logs/conformance.ts'
import { openLog } from '../../../system/logs/open.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { logUrlOf } from '../../support/log-url.ts'

const kafka = await provide('kafka')

if (kafka.available) {
  after(() => kafka.release())
  logConformance('kafka', () => openLog('kafka', { url: logUrlOf(kafka), nodeId: 'conformance' }))
} else {
  test('kafka: log contract', (t) => void skipOrFail(t, kafka))
}
