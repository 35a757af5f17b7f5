import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { testEnv } from "../support/env";
import { launch, stop } from "../support/lab";
import { newPerson } from "../support/people";
import { ssh } from "../support/ssh";
import type { TrialRow } from "./trial";

/** What links of the workspace point at, as nobody may leave it changed; of the machine's own files others may write. */
function untouched(paths: readonly string[]): unknown {
  return paths.map((path) => {
    const { mode, uid, gid, mtimeMs, ctimeMs } = lstatSync(path);
    return { path, mode, uid, gid, ...(path.startsWith("/etc/") ? {} : { mtimeMs, ctimeMs }) };
  });
}

/** Has a cast of its own, since it stops the session that it is made in. */
export const linksTrial: TrialRow & { run(): Promise<void> } = {
  tried: "plants links to the host's files in the workspace, then has it stopped, snapshotted and started",
  refused: "nobody follows them",
  async run() {
    const eve = await newPerson("eve");
    const canary = join(testEnv().MEDFORGE_TEST_DATA_DIR, "canary");
    writeFileSync(canary, "the host's own\n", { mode: 0o600 });
    const folder = join(testEnv().MEDFORGE_TEST_DATA_DIR, "canaries");
    mkdirSync(folder);
    const watched = [canary, folder, "/etc/shadow", "/etc/passwd"];
    const before = untouched(watched);
    const first = await launch(eve, { workspaceName: "traps" });
    const names = [".ssh", ".medforge", ".profile", ".bashrc", "lost+found", ".zfs-trap", "medforge"];
    const links = watched.flatMap((path, index) => [
      `ln -sfn ${path} /workspace/l${index}`,
      `ln -sfn ../../../../../../..${path} /workspace/up${index}`,
    ]);
    const traps = names.map((name) => `rm -rf /workspace/${name}; ln -sfn ${canary} /workspace/${name}`);
    await ssh(eve, first, [...links, ...traps, "mkfifo /workspace/fifo"].join("; "));
    expect((await ssh(eve, first, "cat /workspace/l0 2>&1 || true")).trim()).toContain("No such file");
    await stop(eve.api, first.slug);
    const second = await launch(eve, { workspaceId: first.workspace.id });
    expect(await ssh(eve, second, "readlink /workspace/l0")).toBe(`${canary}\n`);
    await stop(eve.api, second.slug);
    expect(untouched(watched)).toEqual(before);
    expect(readFileSync(canary, "utf8")).toBe("the host's own\n");
    for (const path of [canary, folder]) rmSync(path, { recursive: true });
  },
};
