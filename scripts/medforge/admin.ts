import { existsSync, readFileSync, rmSync } from "node:fs";
import { connectDb } from "@/db/client";
import { ensureFirstAdmin } from "@/lib/auth/bootstrap";
import { writePrivateFile } from "./config";
import type { Context } from "./context";
import { databaseUrlOf, newSecret } from "./secrets";

export const adminName = "admin";

/**
 * Makes the first administrator once, with a generated password that is kept in a file only root reads.
 * @returns the password when the account was made now, else null.
 */
export async function ensureAdmin({ config, layout, env }: Context): Promise<string | null> {
  const file = layout.adminPasswordFile;
  // The file comes first: a run cut off after the account was made must not lose the password.
  const known = existsSync(file);
  const password = known ? readFileSync(file, "utf8").trim() : newSecret();
  if (!known) writePrivateFile(file, `${password}\n`);
  const db = connectDb({ url: databaseUrlOf(config, layout, "worker"), poolSize: 1 });
  try {
    const email = env.MEDFORGE_ADMIN_EMAIL ?? "admin@medforge.invalid";
    const outcome = await ensureFirstAdmin(db, { username: adminName, email, password });
    if (outcome === "created") return password;
    // A database that came with its own admin: this password opens nothing.
    if (!known) rmSync(file);
    return null;
  } finally {
    await db.$client.end();
  }
}
