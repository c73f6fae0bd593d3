import { cacheConformance } from '../../../system/caches/conformance.ts'
import { noCache } from '../../../system/caches/none.ts'

cacheConformance('none', async () => noCache)
