import { connectDb } from "@/db/client";
import { resetPassword } from "@/lib/auth/bootstrap";
import { AppError } from "@/lib/kernel/errors";
import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { databaseUrlOf, newSecret } from "../secrets";
import { requireRunning } from "../supervisor/control";

/** Prints a new password for a person, once. @throws SetupError when nobody has that name. */
export async function resetPasswordCommand(username: string, options: { data?: string }): Promise<void> {
  const { config, layout } = openInstallation(options.data);
  await requireRunning(layout);
  const db = connectDb({ url: databaseUrlOf(config, layout, "worker"), poolSize: 1 });
  const password = newSecret();
  try {
    await resetPassword(db, username, password);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new SetupError(error.message, "Look at the names under Admin, Users.", error);
  } finally {
    await db.$client.end();
  }
  console.log(`New password of ${username}: ${password}`);
  console.log("It is kept nowhere. All their logins were ended; API tokens and SSH keys stay.");
}
