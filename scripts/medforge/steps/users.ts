import type { Step } from "../context";
import { tryRun } from "../exec";
import { findAccount, serviceUsers } from "../users";

const missing = () => serviceUsers.filter((user) => findAccount(user) === undefined);

/** System accounts without a home, a password or a shell. */
export const usersStep: Step<unknown> = {
  name: "Service users",
  async check() {
    return missing().length === 0 ? "present" : null;
  },
  async run() {
    const wanted = missing();
    for (const user of wanted) {
      const made = await tryRun([
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir=/nonexistent",
        "--shell=/usr/sbin/nologin",
        "--comment=MedForge",
        user,
      ]);
      // Another run may have made it in the meantime.
      if (!made.ok && findAccount(user) === undefined) {
        throw new Error(`useradd could not make the system user ${user}: ${made.stderr}`);
      }
    }
    return `created ${wanted.join(", ")}`;
  },
};
