import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { argon2 } from "./tunables";

/** argon2id (the package's default) in PHC format, with its parameters and salt. */
export async function hashPassword(password: string): Promise<string> {
  return hash(password, {
    memoryCost: argon2.memoryKiB,
    timeCost: argon2.passes,
    parallelism: argon2.lanes,
  });
}

let decoy: Promise<string> | undefined;

/**
 * Whether the password matches. Without a hash (nobody has that name) it verifies against a decoy and says no, so that
 * an unknown name takes as long as a wrong password.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword(randomBytes(32).toString("hex"));
  const decoyHash = await decoy;
  const matches = await verify(passwordHash ?? decoyHash, password);
  return passwordHash !== null && matches;
}
