import { after, test } from 'node:test'
import { fanoutConformance } from '../../../system/fanouts/conformance.ts'
import { openLog } from '../../../system/logs/open.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { logFanoutUnderTest } from '../../support/log-fanout.ts'
import { logUrlOf } from '../../support/log-url.ts'

// Its own broker: the fan-out's topics have fixed names.
const kafka = await provide('kafka', { own: true })

if (kafka.available) {
  after(() => kafka.release())
  const open = () => openLog('kafka', { url: logUrlOf(kafka), nodeId: 'fanout' })
  fanoutConformance('log over kafka', async () => logFanoutUnderTest(open()))
} else {
  test('kafka: fan-out contract', (t) => void skipOrFail(t, kafka))
}
