import { fanoutConformance } from '../../../system/fanouts/conformance.ts'
import { openMemoryFanout } from '../../../system/fanouts/memory.ts'
import { MessageStore } from '../../support/message-store.ts'

fanoutConformance('memory', async () => {
  const fanout = openMemoryFanout()
  const store = new MessageStore()
  return {
    fanout,
    commit: async (drafts) => {
      const outcomes = await store.appendDrafts(drafts)
      fanout.publish(outcomes.filter(({ duplicate }) => !duplicate).map(({ message }) => message))
    },
    close: () => fanout.close(),
  }
})
