/**
 * Run-to-run spread: the standard deviation of the natural logarithms within the arms, pooled over them with n - 1
 * each (0.1 is about 10 % of the value). Logarithms because effects are ratios. Null when it is not defined: a value
 * that is 0 or infinite, or no arm with two runs.
 */
export function spreadOf(arms: readonly (readonly number[])[]): number | null {
  let [squares, freedom] = [0, 0]
  for (const arm of arms) {
    const logs = arm.map(Math.log)
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
    squares += logs.reduce((sum, log) => sum + (log - mean) ** 2, 0)
    freedom += Math.max(0, logs.length - 1)
  }
  return freedom > 0 && Number.isFinite(squares) ? Math.sqrt(squares / freedom) : null
}
