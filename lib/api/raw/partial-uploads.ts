import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FileStore } from "@tus/file-store";
import { MemoryLocker } from "@tus/server";
import type { Actor } from "@/lib/auth/model";
import type { StorePlace } from "@/lib/competitions/store/intake";
import { type DiskSpace, writeFailure } from "@/lib/competitions/store/space";
import { partialUploads } from "@/lib/competitions/store/tunables";
import { AppError } from "@/lib/kernel/errors";
import { size } from "@/lib/kernel/size";
import type { Surface } from "@/lib/kernel/surface";

const notes = ".json";

/** Whose an upload is, and on which surface: in its id, which nobody else can have. */
function prefixOf(actor: Actor, surface: Surface): string {
  return `${actor.publicId}-${surface}-`;
}

/** The package's own hides what the disk said when it can't be written, and knows no bound of it. */
class PartFiles extends FileStore {
  constructor(
    directory: string,
    private readonly space: DiskSpace,
  ) {
    super({ directory });
  }

  override async write(part: Readable, id: string, offset: number): Promise<number> {
    const share = this.space.share();
    let end = offset;
    async function* counted(source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        await share.before(chunk.byteLength);
        end += chunk.byteLength;
        yield chunk;
      }
    }
    try {
      const file = createWriteStream(join(this.directory, id), { flags: "r+", start: offset });
      await pipeline(part, counted, file);
      return end;
    } catch (error) {
      throw writeFailure(error);
    } finally {
      share.release();
    }
  }
}

/** What arrives in parts, until it is whole. One of these for each process: it keeps order by what is in memory. */
export class PartialUploads {
  readonly locker = new MemoryLocker();
  private made: FileStore | undefined;
  private readonly last = new Map<string, Promise<unknown>>();

  constructor(private readonly place: StorePlace) {}

  /** On first use: it makes its folder where there is none. */
  get files(): FileStore {
    if (this.made) return this.made;
    this.made = new PartFiles(this.place.store.uploads, this.place.space);
    // A body comes with PATCH only, and how much there will be is said before: both are counted against the bounds.
    this.made.extensions = ["creation", "termination"];
    return this.made;
  }

  newId(actor: Actor, surface: Surface): string {
    return `${prefixOf(actor, surface)}${randomBytes(12).toString("hex")}`;
  }

  isOf(id: string, actor: Actor, surface: Surface): boolean {
    const prefix = prefixOf(actor, surface);
    return id.startsWith(prefix) && /^[0-9a-f]{24}$/.test(id.slice(prefix.length));
  }

  /**
   * That one more of `bytes` is within what one person may have on the way, of which one file may be as large as its
   * competition takes.
   * @throws AppError `too_many`
   */
  async assertRoom(actor: Actor, bytes: number, maxBytes: number): Promise<void> {
    const names = await readdir(this.place.store.uploads);
    const ids = names.filter((name) => name.startsWith(`${actor.publicId}-`) && !name.endsWith(notes));
    const uploads = await Promise.all(ids.map((id) => this.files.configstore.get(id)));
    const announced = uploads.reduce((sum, upload) => sum + (upload?.size ?? 0), 0);
    const most = Math.max(partialUploads.bytes, maxBytes);
    if (ids.length < partialUploads.files && announced + bytes <= most) return;
    throw new AppError(
      "too_many",
      `You have ${ids.length} uploads of ${size(announced)} on the way; ${partialUploads.files} of ${size(most)} altogether are taken. Finish or delete one; what is left alone for a day is deleted.`,
      { retryAfterSeconds: 60 },
    );
  }

  /** One after the other, of those with one key. */
  async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === mine) this.last.delete(key);
    }
  }
}
