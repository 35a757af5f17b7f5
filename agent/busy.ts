import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "@/lib/kernel/errors";

/** Waits between attempts, in ms: a file system stays busy for moments after its unmounting. */
const backoffMs = [50, 100, 200, 400, 800, 1600, 3200] as const;

/** What ZFS says of a dataset that it has not let go of yet after its unmounting, zfs-fuse above all; "I/O error" of a rollback. */
const stillHeld = /busy|I\/O error/;

/** Once more, up to seven times, what ZFS refused like that. */
export async function whileBusy(work: () => Promise<void>): Promise<void> {
  for (const waitMs of [...backoffMs, null]) {
    try {
      await work();
      return;
    } catch (cause) {
      if (waitMs === null || !stillHeld.test(errorText(cause))) throw cause;
      await delay(waitMs);
    }
  }
}
