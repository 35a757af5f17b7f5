import { change, rows } from "./database";

/** As if a session that has ended had run for an hour: one busy half, a silence of three minutes, then idle on a memory that is nearly full. */
export async function anHour(slug: string): Promise<void> {
  const [session] = await rows("SELECT id, generation FROM sessions WHERE slug = ?", [slug]);
  const now = Math.floor(Date.now() / 10_000) * 10_000;
  const samples = Array.from({ length: 350 }, (_, index) => {
    const step = 350 - index;
    const busy = step > 175;
    return [
      ...[session?.id, new Date(now - step * 10_000), session?.generation, 1e10 - step * 10_000],
      ...[
        Math.round(index * 8_000_000 + 6_000_000 * Math.sin(index / 9)),
        3.2e9 + 8e8 * Math.sin(index / 40),
        4 * 2 ** 30,
      ],
      ...[
        index * 9e6 + Math.round(4e6 * Math.sin(index / 7)),
        index * 2e6,
        42,
        3e9 + index * 4e6,
        50 * 2 ** 30,
      ],
      ...[busy ? 70 + 25 * Math.sin(index / 5) : 0, busy ? 61_000 : 512, busy ? 66 : 34, busy ? 540 : 62],
    ];
  }).filter((_, index) => index < 150 || index > 168);
  await change("DELETE FROM session_samples WHERE session_id = ?", [session?.id]);
  const columns =
    "session_id, at, generation, host_ms, cpu_us, memory_bytes, memory_limit_bytes, received_bytes, sent_bytes, pids, disk_bytes, disk_quota_bytes, gpu_percent, gpu_memory_mib, gpu_celsius, gpu_watts";
  await change(`INSERT INTO session_samples (${columns}) VALUES ?`, [samples]);
}
