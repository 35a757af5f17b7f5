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

/** A small disk in the place of the database's folder, which is kept beside it. */
class Ground {
  readonly folder = join(testEnv().MEDFORGE_TEST_DATA_DIR, "db");
  readonly #kept = `${this.folder}.kept`;
  readonly #copy = `${this.folder}.copy`;
  /** How far it has come: what is put back must be whole. */
  #state: "untouched" | "kept" | "mounted" | "laid" = "untouched";

  async lay(): Promise<void> {
    const { folder } = this;
    const { uid, gid } = statSync(folder);
    const used = Number((await output(["du", "--summarize", "--bytes", folder])).split("\t")[0]);
    renameSync(folder, this.#kept);
    this.#state = "kept";
    mkdirSync(folder, { mode: 0o700 });
    const size = Math.ceil(used / mb) + roomMb;
    await output(["mount", "-t", "tmpfs", "-o", `size=${size}m,mode=0700`, "small-disk", folder]);
    this.#state = "mounted";
    chownSync(folder, uid, gid);
    await copyFolder(this.#kept, folder);
    this.#state = "laid";
  }

  /** The folder as it was, with what the database has written meanwhile; the only copy is never the one in the making. */
  async putBack(): Promise<void> {
    if (this.#state === "untouched") return;
    if (this.#state === "laid") {
      await copyFolder(this.folder, this.#copy);
      rmSync(this.#kept, { recursive: true });
      renameSync(this.#copy, this.#kept);
    }
    if (this.#state !== "kept") await output(["umount", this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
    renameSync(this.#kept, this.folder);
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  await output(["cp", "--archive", `${from}/.`, to]);
}

/** Runs `work` while the database's files lie on a disk of their own that is small enough to be filled. */
export async function withSmallDatabaseDisk(work: (disk: SmallDisk) => Promise<void>): Promise<void> {
  const ground = new Ground();
  const filler = join(ground.folder, "filler");
  const disk = {
    fill() {
      const { bavail, bsize } = statfsSync(ground.folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    empty() {
      rmSync(filler, { force: true });
    },
  };
  try {
    await whileDown(mariadb, () => ground.lay());
    await work(disk);
  } finally {
    disk.empty();
    await whileDown(mariadb, () => ground.putBack());
  }
}
