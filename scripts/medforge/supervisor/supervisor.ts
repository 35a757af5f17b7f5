import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../context";
import { sessionsOnPool } from "../docker/living";
import { SetupError } from "../errors";
import { markOf, type Part, type PartName } from "../parts/part";
import { endProcess, isAlive } from "../processes";
import { waitFor } from "../wait";
import { openPools, ownPoolName } from "../zfs/pool";
import { adoptChild, type Child, findChild, forgetChild, logFile, spawnChild } from "./child";
import { logTail, rotateLogs } from "./logs";

/** Pause before the first restart of a dead part, doubled by each further one, in ms. */
const firstBackoffMs = 500;
const longestBackoffMs = 30_000;
/** A part that ran this long has earned a quick restart again, in ms. */
const stableMs = 60_000;
const lateLookMs = 1_000;
const rotateEveryMs = 60_000;
const shownLogLines = 15;

export type PartState = "starting" | "ready" | "waiting to restart" | "stopping" | "stopped";

export interface PartStatus {
  name: PartName;
  state: PartState;
  pid: number | null;
  since: string;
  restarts: number;
  /** How it last ended, or why it is not ready. */
  note: string | null;
}

interface Slot {
  part: Part;
  child: Child | undefined;
  state: PartState;
  since: Date;
  restarts: number;
  note: string | null;
  /** Set while a stop is wanted, so that the watcher does not restart it. */
  stopping: boolean;
}

/** Why set-up goes no further once somebody asked for the end. */
export function setupEnded(): SetupError {
  return new SetupError("Set-up was ended before it was through.", "`./medforge up` goes on from here.");
}

/** Keeps the parts running: starts, adopts, restarts what died, stops. */
export class Supervisor {
  private readonly slots = new Map<PartName, Slot>();
  private readonly rotation: NodeJS.Timeout;
  private closed = false;
  /** The restart that was asked for last: each waits for the one before it. */
  private restarting: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: Context) {
    this.rotation = setInterval(() => rotateLogs(context.layout), rotateEveryMs);
    this.rotation.unref();
  }

  /** Starts a part and waits until it is ready. @throws SetupError with the end of its log. */
  async start(part: Part): Promise<void> {
    if (this.closed) throw setupEnded();
    const slot: Slot = {
      part,
      child: undefined,
      state: "starting",
      since: new Date(),
      restarts: 0,
      note: null,
      stopping: false,
    };
    this.slots.set(part.name, slot);
    try {
      await this.launch(slot);
    } catch (error) {
      this.notReady(slot, error);
      throw error;
    } finally {
      // Whatever became of it: a part that is wanted is never left alone.
      void this.watch(slot);
    }
  }

  private async launch(slot: Slot): Promise<void> {
    const { part } = slot;
    const { layout } = this.context;
    this.enter(slot, "starting", slot.note);
    const found = findChild(layout, part.name);
    if (found && (found.mark === markOf(part) || (await this.mustStay(part)))) {
      slot.child = adoptChild(found.identity);
    } else {
      if (found) await endProcess(part.name, found.identity, part.stopTimeoutMs);
      slot.child = undefined;
      await part.prepare?.();
      if (slot.stopping) throw setupEnded();
      slot.child = spawnChild(layout, part);
    }
    await this.untilReady(slot, slot.child);
    await part.settle?.();
    this.enter(slot, "ready", null);
  }

  /** ZFS in user space can't be started anew under a session, whatever its settings. */
  private async mustStay({ name }: Part): Promise<boolean> {
    if (name !== "zfs") return false;
    const { config, layout } = this.context;
    return (await sessionsOnPool(config, layout))?.length !== 0;
  }

  private async untilReady({ part }: Slot, child: Child): Promise<void> {
    let ended: string | undefined;
    void child.gone.then((how) => {
      ended = how;
    });
    const { layout } = this.context;
    const fail = (why: string): never => {
      throw new SetupError(
        `${part.name} did not start: ${why}\n${logTail(layout, part.name, shownLogLines)}`,
        `Its whole log is ${logFile(layout, part.name)}.`,
      );
    };
    const probe = () => (ended === undefined ? part.ready() : fail(ended));
    try {
      await waitFor(part.name, part.readyTimeoutMs, probe);
    } catch (error) {
      if (error instanceof SetupError) throw error;
      fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** Lives as long as the part is wanted. */
  private async watch(slot: Slot): Promise<void> {
    let backoffMs = firstBackoffMs;
    while (!slot.stopping) {
      const how = slot.child ? await slot.child.gone : (slot.note ?? "not started");
      if (slot.stopping) return;
      if (Date.now() - slot.since.getTime() > stableMs) backoffMs = firstBackoffMs;
      this.enter(slot, "waiting to restart", how);
      this.say(`${slot.part.name} ended (${how}); starting it again in ${backoffMs / 1000} s`);
      await sleep(backoffMs);
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
      if (slot.stopping) return;
      slot.restarts += 1;
      await this.launch(slot).catch((error: unknown) => {
        this.notReady(slot, error);
        if (slot.note !== null) this.say(slot.note);
      });
    }
  }

  private notReady(slot: Slot, error: unknown): void {
    if (slot.stopping) return;
    slot.note = error instanceof Error ? error.message : String(error);
    this.lateReady(slot).catch((late: Error) => this.say(late.message));
  }

  /** A part that took longer than expected, such as a database in recovery, is not killed for it. */
  private async lateReady(slot: Slot): Promise<void> {
    const { part, child } = slot;
    while (child && isAlive(child.identity) && !slot.stopping) {
      if ((await part.ready()) === null) {
        await part.settle?.();
        return this.enter(slot, "ready", null);
      }
      await sleep(lateLookMs);
    }
  }

  /** From now on nothing is started: set-up that is still under way ends. */
  close(): void {
    this.closed = true;
  }

  /** Stops a part; already stopped is success. */
  async stop(name: PartName): Promise<void> {
    const slot = this.slots.get(name);
    if (!slot) return;
    slot.stopping = true;
    this.enter(slot, "stopping", null);
    if (slot.child && isAlive(slot.child.identity)) {
      await endProcess(name, slot.child.identity, slot.part.stopTimeoutMs);
    }
    forgetChild(this.context.layout, name);
    this.enter(slot, "stopped", null);
    this.slots.delete(name);
  }

  /** Lets go of a part without stopping it: the next supervisor adopts it. */
  release(name: PartName): void {
    const slot = this.slots.get(name);
    if (slot) slot.stopping = true;
    this.slots.delete(name);
  }

  /** @throws SetupError when the part does not run here, must not be restarted now or does not come back. */
  restart(name: PartName): Promise<void> {
    const restarted = this.restarting.then(() => this.restartNow(name));
    this.restarting = restarted.catch(() => undefined);
    return restarted;
  }

  private async restartNow(name: PartName): Promise<void> {
    const part = this.slots.get(name)?.part;
    if (!part) {
      throw new SetupError(
        `${name} is not among the running parts.`,
        `They are: ${[...this.slots.keys()].join(", ")}.`,
      );
    }
    if (name === "zfs") await this.refuseOverPools();
    await this.stop(name);
    await this.start(part);
  }

  /** @throws SetupError while something uses a pool that zfs-fuse serves. */
  private async refuseOverPools(): Promise<void> {
    const { config, layout } = this.context;
    const sessions = await sessionsOnPool(config, layout);
    if (sessions?.length !== 0) {
      const which = sessions === null ? "the engine does not say which" : sessions.join(", ");
      throw new SetupError(
        `A restart of zfs would take the workspaces from running sessions (${which}).`,
        "Stop them first: `./medforge down --sessions`, then `./medforge up`.",
      );
    }
    const others = (await openPools())?.filter((pool) => pool !== ownPoolName(config)) ?? [];
    if (others.length === 0) return;
    throw new SetupError(
      `zfs-fuse also serves ${others.join(", ")}, which a restart would take away.`,
      "Export them first (`zpool export`).",
    );
  }

  has(name: PartName): boolean {
    return this.slots.has(name);
  }

  status(): PartStatus[] {
    return [...this.slots.values()].map((slot) => ({
      name: slot.part.name,
      state: slot.state,
      pid: slot.child && isAlive(slot.child.identity) ? slot.child.identity.pid : null,
      since: slot.since.toISOString(),
      restarts: slot.restarts,
      note: slot.note,
    }));
  }

  private enter(slot: Slot, state: PartState, note: string | null): void {
    slot.state = state;
    slot.note = note;
    slot.since = new Date();
  }

  private say(text: string): void {
    this.context.report.event({ kind: "note", text });
  }
}
