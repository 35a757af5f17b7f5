import { randomBytes, randomUUID } from "node:crypto";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sshKeys, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { ensureInstallation, ensureLocalNode, recordHealth, recordInventory } from "@/lib/fleet/commands";
import { newPublicId, newSlug } from "@/lib/kernel/ids";
import { zoneAwayFromTurn } from "@/lib/schedule/testing";
import type { CommandContext } from "@/lib/workspaces/commands";

export interface TestLab {
  readonly installationId: string;
  readonly nodeId: number;
  readonly bootId: string;
  readonly engineStartedAt: Date;
  readonly gpuUuids: readonly string[];
}

/** A host that answers, with `gpus` GPUs, as the worker would have recorded it. */
export async function seedLab(db: Db, options: { gpus: number; model?: string }): Promise<TestLab> {
  const installationId = await ensureInstallation(db);
  const node = await ensureLocalNode(db, "gpu1");
  const bootId = randomUUID();
  const engineStartedAt = new Date(Math.floor(Date.now() / 1000) * 1000);
  await recordHealth(db, node.id, { bootId, engineStartedAt, problems: [] });
  const gpuUuids = Array.from({ length: options.gpus }, () => `GPU-${randomUUID()}`);
  await recordInventory(db, node.id, {
    cpus: 8,
    memoryBytes: 64 * 2 ** 30,
    diskTotalBytes: 2 ** 40,
    diskFreeBytes: 2 ** 39,
    hostCaPublicKey: "ssh-ed25519 AAAATESTAUTHORITY",
    gpus: gpuUuids.map((uuid, index) => ({
      index,
      uuid,
      model: options.model ?? "Test GPU (simulated)",
      memoryMiB: 24_576,
      simulated: true,
    })),
  });
  return { installationId, nodeId: node.id, bootId, engineStartedAt, gpuUuids };
}

/** Where test labs count their weeks. */
export const testZone = zoneAwayFromTurn(new Date());

export interface SeedUserOptions {
  /** Limits as in the users' table; none unless said. */
  readonly limits?: Partial<
    Pick<typeof users.$inferInsert, "maxGpuMinutesPerWeek" | "maxDiskGb" | "maxDurationMinutes">
  >;
  readonly maxSessions?: number;
  readonly role?: Actor["role"];
  /** Whether the account has an SSH key; true unless said otherwise. */
  readonly key?: boolean;
  /** Whether they may use what is internal; false unless said otherwise. */
  readonly canUseInternal?: boolean;
  readonly wake?: () => void;
}

/** An account with a key, as the context its requests would run in. */
export async function seedUser(db: Db, options: SeedUserOptions = {}): Promise<CommandContext> {
  const username = `u${newSlug()}`;
  const publicId = newPublicId("usr");
  const role = options.role ?? "user";
  const maxSessions = options.maxSessions ?? 2;
  const canUseInternal = options.canUseInternal ?? false;
  const [made] = await db.insert(users).values({
    publicId,
    username,
    email: `${username}@example.org`,
    passwordHash: "not used here",
    role,
    canUseInternal,
    maxSessions,
    ...options.limits,
    createdAt: dbNow,
  });
  if (options.key !== false) {
    const fingerprint = `SHA256:${randomBytes(32).toString("base64")}`;
    await db.insert(sshKeys).values({
      publicId: newPublicId("key"),
      userId: made.insertId,
      name: "laptop",
      type: "ssh-ed25519",
      bits: 256,
      fingerprint,
      publicKey: `ssh-ed25519 ${Buffer.concat([Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAI", "base64"), randomBytes(32)]).toString("base64")}`,
      createdAt: dbNow,
    });
  }
  return {
    db,
    requestId: "req_test",
    wake: options.wake ?? (() => undefined),
    settings: {
      url: "https://lab.example.org",
      internalUrl: null,
      sshHost: "lab.example.org",
      zone: testZone,
    },
    actor: {
      userId: made.insertId,
      publicId,
      username,
      role,
      canUseInternal,
      maxSessions,
      via: "login",
    },
  };
}
