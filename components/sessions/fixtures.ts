import type { SessionView } from "@/lib/sessions/model";

/** A running session for tests of views; every field can be overridden. */
export function aSession(over: Partial<SessionView> = {}): SessionView {
  return {
    slug: "abcdefgh",
    state: "RUNNING",
    exposure: "external",
    owner: "ana",
    pack: { id: "pck_aaaaaaaaaaaaaaaa", name: "Base" },
    gpu: {
      id: "gpu_aaaaaaaaaaaaaaaa",
      uuid: "GPU-1",
      index: 1,
      node: "atlas",
      model: "NVIDIA L4",
      simulated: false,
    },
    workspace: { id: "wsp_aaaaaaaaaaaaaaaa", name: "work", quotaGb: 50, usedBytes: null },
    ssh: {
      host: "gpu.example.edu",
      port: 10_000,
      user: "mf",
      command: "ssh -p 10000 mf@gpu.example.edu",
      config: "Host mf-work\n",
      knownHosts: null,
    },
    createdAt: "2026-11-22T13:00:00.000Z",
    runningAt: "2026-11-22T13:00:01.000Z",
    stopsAt: null,
    endsBy: over.stopsAt ? "time_limit" : null,
    heldUntil: null,
    endsWithHours: false,
    endedAt: null,
    stopReason: null,
    condition: null,
    conditionKind: null,
    error: null,
    isolation: null,
    ...over,
  };
}
