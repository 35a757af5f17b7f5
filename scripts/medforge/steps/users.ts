import type { Step } from "../context";
import { run } from "../exec";
import { findAccount, serviceUsers } from "../users";

const missing = () => serviceUsers.filter((user) => findAccount(user) === undefined);

/** System accounts without a home, a password or a shell. */
export const usersStep: Step = {
  name: "Service users",
  async check() {
    return missing().length === 0 ? "present" : null;
  },
  async run() {
    const wanted = missing();
    for (const user of wanted) {
      await run([
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir=/nonexistent",
        "--shell=/usr/sbin/nologin",
        "--comment=MedForge",
        user,
      ]);
    }
    return `created ${wanted.join(", ")}`;
  },
};
