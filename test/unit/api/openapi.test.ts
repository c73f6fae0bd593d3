import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { startTestApi } from '../../support/system/api.ts'

const routes = `
post /v1/auth/signup, post /v1/auth/login, post /v1/auth/refresh, post /v1/auth/logout, get /v1/auth/check,
get /v1/users/me, get /v1/users, post /v1/rooms, get /v1/rooms, post /v1/rooms/join, get /v1/rooms/{id},
get /v1/rooms/{id}/members, post /v1/rooms/{id}/members, delete /v1/rooms/{id}/members/{userId},
post /v1/rooms/{id}/leave, get /v1/rooms/{id}/messages, post /v1/rooms/{id}/messages, put /v1/rooms/{id}/receipts,
get /healthz, get /readyz, get /metrics`

test('the served description is valid OpenAPI 3 and has every route, with its errors and its token', async () => {
  const api = await startTestApi()
  try {
    const { status, body } = await api.call('GET', '/openapi.json')
    assert.equal(status, 200)
    const { valid, errors } = await new Validator().validate(structuredClone(body))
    assert.ok(valid, JSON.stringify(errors))
    assert.match(body.openapi, /^3\./)
    for (const [, method, path] of routes.matchAll(/(\w+) (\/[^,\s]*)/g)) {
      const operation = body.paths[path!]?.[method!]
      assert.ok(operation, `${method} ${path}`)
      if (!path!.startsWith('/v1')) continue
      assert.ok(
        operation.responses['4XX'].content['application/json'].schema.properties.code,
        `errors of ${method} ${path}`,
      )
      const open = ['signup', 'login', 'refresh', 'logout'].some((name) => path === `/v1/auth/${name}`)
      assert.deepEqual(operation.security, open ? undefined : [{ bearer: [] }], `${method} ${path}`)
    }
    assert.equal(body.components.securitySchemes.bearer.scheme, 'bearer')
  } finally {
    await api.close()
  }
})
