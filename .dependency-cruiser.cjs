// Who may import whom: the table of docs/architecture.md. Type-only imports follow the same rows.

/** Lower domains never import higher ones; the order is the list's. */
const domains = [
  "audit",
  "auth",
  "notices",
  "wallet",
  "fleet",
  "schedule",
  "workspaces",
  "sessions",
  "telemetry",
  "usage",
  "competitions",
  "backup",
];
const pure =
  "^lib/kernel/(errors|id-patterns|id-schemas|assert|clock|envelope|fullness|micros|minutes|money|no-answer|size|surface|zoned-time)\\.ts$";
const test = "\\.(test|spec)\\.tsx?$|/testing/|^db/testing\\.ts$";

/** `from` may reach only these among the project's own files. */
const only = (name, from, to, fromNot = []) => ({
  name,
  severity: "error",
  from: { path: from, pathNot: [test, ...fromNot] },
  to: { path: "^(app|components|lib|db|drizzle|worker|agent|e2e|bench|scripts)/", pathNot: to },
});

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "not-to-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    only("kernel-stands-alone", "^lib/kernel/", ["^lib/kernel/"]),
    only("model-and-rules-are-pure", "^lib/[^/]+/[a-z-]*(model|rules)\\.ts$", [
      pure,
      "^lib/[^/]+/[a-z-]*(model|rules)\\.ts$",
    ]),
    {
      name: "model-and-rules-do-no-io",
      severity: "error",
      from: { path: "^lib/[^/]+/[a-z-]*(model|rules)\\.ts$", pathNot: "^lib/api/" },
      to: { dependencyTypes: ["core"] },
    },
    ...domains.map((domain, index) =>
      only(`domain-order-${domain}`, `^lib/${domain}/`, [
        "^lib/kernel/",
        "^db/",
        ...domains.slice(0, index + 1).map((lower) => `^lib/${lower}/`),
      ]),
    ),
    only("scoring-stands-alone", "^lib/competitions/scoring/", [
      "^lib/competitions/scoring/",
      "^lib/kernel/",
    ]),
    only("agent-protocol-stands-alone", "^lib/agent-protocol/", ["^lib/kernel/", "^lib/agent-protocol/"]),
    only("schema-knows-models-only", "^db/schema/", [
      "^db/schema/",
      "^lib/[^/]+/[a-z-]*model\\.ts$",
      "^lib/kernel/",
    ]),
    only("db-below-domains", "^db/[^/]+\\.ts$", ["^db/", "^lib/kernel/"]),
    only("api-above-domains", "^lib/api/", [
      "^lib/(?!agent-protocol/)",
      "^db/(client|failures)\\.ts$",
      "^db/schema/",
    ]),
    only("app-through-api", "^app/", [
      "^app/",
      "^components/",
      "^lib/api/",
      "^lib/kernel/",
      "^lib/[^/]+/[a-z-]*(model|queries|procedures)\\.ts$",
    ]),
    only("components-without-server-code", "^components/", [
      "^components/",
      "^lib/[^/]+/[a-z-]*(model|rules)\\.ts$",
      pure,
      "^lib/api/(client|action-result|prefix)\\.tsx?$",
      "/actions\\.ts$",
    ]),
    only("worker", "^worker/", ["^worker/", "^lib/", "^db/(client|failures)\\.ts$"], []),
    only("scorer-knows-nothing-of-the-lab", "^worker/scorer/", [
      "^worker/scorer/",
      "^lib/competitions/(scoring/|scorer-protocol\\.ts$)",
      "^lib/kernel/",
    ]),
    only("scorer-protocol-is-pure", "^lib/competitions/scorer-protocol\\.ts$", [pure]),
    {
      name: "agent-client-is-the-workers",
      severity: "error",
      from: { pathNot: ["^worker/", "^e2e/", "^bench/", "^scripts/", "^lib/agent-protocol/", test] },
      to: { path: "^lib/agent-protocol/client\\.ts$" },
    },
    only("agent-without-database-or-domains", "^agent/", ["^agent/", "^lib/agent-protocol/", "^lib/kernel/"]),
    {
      name: "outside-in",
      comment: "End-to-end tests, benchmarks and set-up drive the product from outside: no commands.",
      severity: "error",
      from: { path: "^(e2e|bench)/" },
      to: { path: "^lib/[^/]+/(commands|lifecycle)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.next|build|node_modules/\\.cache)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
