/** Import rules of the house: arrows point one way (docs/architecture.md). */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(system|scenarios|lab|compose|dashboards|reports|scripts|test)/', pathNot: allowed },
})

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^k6(/|$)' } },
    only('reports-stand-alone', '^reports/', '^reports/', 'A report reads result.json and nothing else.'),
    only(
      'dashboards-know-reports',
      '^dashboards/',
      '^(dashboards|reports)/',
      'Boards and rules name metrics; their page draws with what draws the reports.',
    ),
    only('compose-stands-alone', '^compose/', '^compose/', 'Components know nothing of the lab or the system.'),
    only('scenarios-stand-alone', '^scenarios/', '^scenarios/', 'k6 loads these files; they cannot reach further.'),
    only(
      'lab-is-outside-the-system',
      '^lab/',
      '^(lab|compose|dashboards|reports|system/editions)/|^scenarios/(definitions/)?[^/]+\\.ts$',
      'The lab talks to the system over the wire, as it does to a foreign target.',
    ),
    only('system-knows-no-lab', '^system/', '^system/', 'The system under test runs without the lab.'),
    only('protocol-is-a-leaf', '^system/protocol/', '^system/protocol/', 'Shared by all roles, depends on none.'),
    only('chat-is-pure', '^system/chat/', '^system/(chat|protocol)/', 'Rules without I/O.'),
    only('stores-know-contracts', '^system/stores/', '^system/(stores|protocol)/', 'A driver depends on its contract.'),
    only('logs-know-contracts', '^system/logs/', '^system/(logs|protocol)/', 'A driver depends on its contract.'),
    only(
      'fanouts-know-contracts',
      '^system/fanouts/',
      '^system/(fanouts|protocol|chat|redis)/|^system/logs/(log|reader-trouble|partition)\\.ts$|^system/stores/store\\.ts$',
      'A fan-out may read a log; it never knows which one.',
    ),
    only(
      'caches-know-contracts',
      '^system/caches/',
      '^system/(caches|protocol|redis)/|^system/stores/store\\.ts$',
      'A cache holds what a store said.',
    ),
    only('redis-is-a-leaf', '^system/redis/', '^system/redis/', 'A connection knows nothing of what goes through it.'),
    only(
      'pipelines-know-contracts',
      '^system/pipelines/',
      '^system/(pipelines|protocol|chat)/|^system/(logs/log|stores/store|fanouts/fanout)\\.ts$',
      'A pipeline orders the contracts; it never knows the drivers.',
    ),
    {
      name: 'scenarios-have-no-node',
      comment: 'k6 resolves no Node modules.',
      severity: 'error',
      from: { path: '^scenarios/' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'no-test-in-code',
      severity: 'error',
      from: { pathNot: '^(test/|scripts/test\\.ts$)' },
      to: { path: '^test/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|runs)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
