import type { ComponentName } from '../component.ts'
import { cassandra } from './cassandra.ts'
import { kafka } from './kafka.ts'
import { mongo } from './mongo.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import type { ContainerRecipe } from './recipe.ts'
import { redis } from './redis.ts'

/** Every component that can run in a container of its own, by name. */
export const RECIPES: Readonly<Record<ComponentName, ContainerRecipe>> = {
  kafka,
  mongo,
  mysql,
  postgres,
  cassandra,
  redis,
}
