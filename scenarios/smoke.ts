import { loadPlan, options as optionsOf, run } from './k6/run.ts'

const plan = loadPlan()
export const options = optionsOf(plan)

export default function smoke(): void {
  run(plan)
}
