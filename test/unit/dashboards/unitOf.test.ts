import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Node, unitProblem } from '../../../dashboards/check/unitOf.ts'

/** Trees as Prometheus returns them; the contract lane asks a real one. */
const metric = (name: string): Node => ({ type: 'vectorSelector', name })
const call = (name: string, ...args: Node[]): Node => ({ type: 'call', func: { name }, args })
const rate = (name: string) => call('rate', { type: 'matrixSelector', name })
const sum = (expr: Node): Node => ({ type: 'aggregation', op: 'sum', expr })
const binary = (op: string, lhs: Node, rhs: Node): Node => ({ type: 'binaryExpr', op, lhs, rhs })
const number = (val: string): Node => ({ type: 'numberLiteral', val })
const quantile = (expr: Node) => call('histogram_quantile', number('0.99'), expr)

test('a counter is counted, its rate is a second', () => {
  assert.equal(unitProblem(metric('lab_messages_sent_total'), 'count'), null)
  assert.equal(unitProblem(rate('lab_messages_sent_total'), 'messages/s'), null)
  assert.equal(unitProblem(rate('lab_messages_sent_total'), '1/s'), null)
  assert.equal(
    unitProblem(rate('lab_messages_sent_total'), 'seconds'),
    'the panel is in seconds, the query is in messages/s',
  )
  assert.equal(
    unitProblem(rate('chat_frames_in_total'), 'messages/s'),
    'the panel is in messages/s, the query is in frames/s',
  )
})

test('seconds of CPU a second are cores, of the cores of a machine a ratio', () => {
  const busy = rate('lab_machine_cpu_busy_seconds_total')
  assert.equal(unitProblem(busy, 'cores'), null)
  assert.notEqual(unitProblem(busy, 'ratio'), null)
  assert.equal(unitProblem(binary('/', busy, metric('lab_machine_cores')), 'ratio'), null)
  assert.notEqual(unitProblem(binary('/', busy, metric('lab_machine_cores')), 'cores'), null)
})

test('a quantile is of what the histogram observed, a mean too', () => {
  assert.equal(unitProblem(quantile(sum(rate('chat_stage_seconds_bucket'))), 'seconds'), null)
  assert.equal(unitProblem(quantile(sum(rate('chat_stage_seconds'))), 'seconds'), null)
  assert.equal(unitProblem(quantile(rate('chat_persist_batch_rows_bucket')), 'count'), null)
  assert.notEqual(unitProblem(quantile(rate('chat_persist_batch_rows_bucket')), 'seconds'), null)
  const mean = binary('/', sum(rate('chat_stage_seconds_sum')), sum(rate('chat_delivery_seconds_count')))
  assert.equal(unitProblem(mean, 'seconds'), null)
  assert.throws(() => unitProblem(quantile(rate('lab_messages_sent_total')), 'seconds'), /no histogram/)
})

test('CPU a message is seconds', () => {
  const cpu = binary('/', sum(rate('process_cpu_seconds_total')), sum(rate('lab_messages_acked_total')))
  assert.equal(unitProblem(cpu, 'seconds'), null)
})

test('bytes are no bytes a second, and the other way about', () => {
  assert.equal(unitProblem(metric('lab_component_resident_bytes'), 'bytes'), null)
  assert.equal(unitProblem(rate('lab_component_written_bytes_total'), 'bytes/s'), null)
  assert.notEqual(unitProblem(metric('lab_component_resident_bytes'), 'bytes/s'), null)
  assert.notEqual(unitProblem(rate('lab_component_written_bytes_total'), 'bytes'), null)
})

test('sums of different things, scaling by hand and unknown metrics have no unit', () => {
  const mixed = binary('+', metric('lab_backlog_messages'), metric('lab_disk_free_bytes'))
  assert.throws(() => unitProblem(mixed, 'bytes'), /messages \+ bytes: units differ/)
  const scaled = binary('*', metric('lab_send_lateness_seconds'), number('1000'))
  assert.throws(() => unitProblem(scaled, 'seconds'), /changes the unit/)
  assert.throws(() => unitProblem(metric('chat_invented'), 'count'), /chat_invented is no metric/)
})

test('a comparison keeps the unit of what it lets through', () => {
  assert.equal(unitProblem(binary('>', metric('lab_backlog_messages'), number('5')), 'count'), null)
  assert.notEqual(unitProblem(binary('>', metric('lab_backlog_messages'), number('5')), 'bytes'), null)
})
