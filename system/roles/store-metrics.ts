import type { Registry } from 'prom-client'
import type { Store } from '../stores/store.ts'
import { type LatencySeries, latencyHistograms } from './latency-histogram.ts'

/** The same store, its reads and writes of messages timed, those that reject too: once a call, which is a batch. */
export function timedStore(store: Store, registry: Registry): Store {
  const described = { name: 'chat_store_seconds', help: 'Calls of the store' }
  const { append, history } = latencyHistograms(registry, described, 'operation', ['append', 'history'])
  return {
    guarantees: store.guarantees,
    schemaVersion: store.schemaVersion,
    directory: store.directory,
    identity: () => store.identity(),
    appendDrafts: timed(append, (drafts) => store.appendDrafts(drafts)),
    appendMessages: timed(append, (messages) => store.appendMessages(messages)),
    readBefore: timed(history, (roomId, beforeSeq, limit) => store.readBefore(roomId, beforeSeq, limit)),
    readAfter: timed(history, (roomId, afterSeq, limit) => store.readAfter(roomId, afterSeq, limit)),
    lastSeqs: (positions) => store.lastSeqs(positions),
    logEpoch: (topicId) => store.logEpoch(topicId),
    ping: () => store.ping(),
    close: () => store.close(),
  }
}

function timed<Given extends unknown[], Answer>(series: LatencySeries, call: (...given: Given) => Promise<Answer>) {
  return async (...given: Given): Promise<Answer> => {
    const sinceMs = performance.now()
    try {
      return await call(...given)
    } finally {
      series.observeMs(performance.now() - sinceMs)
    }
  }
}
