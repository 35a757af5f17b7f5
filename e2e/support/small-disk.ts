import { chownSync, mkdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testEnv } from "./env";
import { output } from "./run";
import { mariadb, whileDown } from "./victims";

export interface SmallDisk {
  /** Leaves the database's disk without a byte. */
  fill(): void;
  empty(): void;
}

/** Room beyond what the database has, in MB: its start writes a few. */
const roomMb = 48;
const mb = 1024 ** 2;

/** Runs `work` while the database's files lie on a disk of their own that is small enough to be filled. */
export async function withSmallDatabaseDisk(work: (disk: SmallDisk) => Promise<void>): Promise<void> {
  const folder = join(testEnv().MEDFORGE_TEST_DATA_DIR, "db");
  const kept = `${folder}.kept`;
  const filler = join(folder, "filler");
  await whileDown(mariadb, async () => {
    const { uid, gid } = statSync(folder);
    const used = Number((await output(["du", "--summarize", "--bytes", folder])).split("\t")[0]);
    renameSync(folder, kept);
    mkdirSync(folder, { mode: 0o700 });
    const size = Math.ceil(used / mb) + roomMb;
    await output(["mount", "-t", "tmpfs", "-o", `size=${size}m,mode=0700`, "small-disk", folder]);
    chownSync(folder, uid, gid);
    await output(["cp", "--archive", `${kept}/.`, folder]);
  });
  const disk = {
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    empty() {
      rmSync(filler, { force: true });
    },
  };
  try {
    await work(disk);
  } finally {
    disk.empty();
    await whileDown(mariadb, async () => {
      rmSync(kept, { recursive: true });
      await output(["cp", "--archive", folder, kept]);
      await output(["umount", folder]);
      rmSync(folder, { recursive: true });
      renameSync(kept, folder);
    });
  }
}
