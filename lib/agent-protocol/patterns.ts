import { z } from "zod";
import { publicIdPattern, slugPattern } from "@/lib/kernel/id-patterns";

/** Everything a caller can say to the agent matches one of these: no path, image, mount or command among them. */
export const slug = z.string().regex(slugPattern);
export const installationId = z.string().regex(publicIdPattern("ins"));
export const workspaceId = z.string().regex(publicIdPattern("wsp"));
export const snapshotId = z.string().regex(publicIdPattern("snp"));
/** Proof that a dataset is the recorded one; made by the agent with the dataset, kept as a ZFS user property. */
export const workspaceIdentity = z.string().regex(/^[0-9a-f]{32}$/);
/** Fencing number: raised by each claim of the session's row, refused by the agent when lower than one seen. */
export const generation = z.number().int().min(1).max(2_147_483_647);
/** Which incarnation of a workspace's data: a restore makes the next one and keeps the others. */
export const datasetGeneration = z.number().int().min(1).max(1_000_000);
/** As nvidia-smi prints it, e.g. `GPU-63d1e50a-1b2c-…`. */
export const gpuUuid = z.string().regex(/^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const sshPort = z.number().int().min(10000).max(10999);
/** Chooses among the images that the agent itself knows. */
export const packSlug = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/);
/** One line of an authorized_keys file: type and base64 blob only, so no options such as `command=`. */
export const authorizedKey = z
  .string()
  .max(16_384)
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+={0,2}$/,
  );
/** External sessions reach the internet, internal ones nothing. The same words as the workspaces' model has. */
export const exposure = z.enum(["external", "internal"]);
export type Exposure = z.output<typeof exposure>;
/** As ssh-keygen writes a public key, without its comment. */
export const hostPublicKey = z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]+={0,2}$/);
export const quotaGb = z.number().int().min(1).max(100_000);
