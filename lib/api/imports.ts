import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { importCompetition, importEvaluation } from "@/lib/competitions/commands/import";
import { InvalidFolder } from "@/lib/competitions/folder/problems";
import { readCompetitionFolder, readEvaluationFolder } from "@/lib/competitions/folder/read";
import { storeSubmission } from "@/lib/competitions/folder/store";
import { unpackZip } from "@/lib/competitions/folder/unzip";
import type { ImportProgress } from "@/lib/competitions/import-model";
import {
  claimImport,
  type ImportClaim,
  ImportLost,
  type ImportVerdict,
  importerOf,
  renewImport,
  settleImport,
} from "@/lib/competitions/lifecycle/imports";
import { competitionBySlug } from "@/lib/competitions/queries/find";
import { storeLayout } from "@/lib/competitions/store/layout";
import { assertSpace } from "@/lib/competitions/store/space";
import { importLease } from "@/lib/competitions/store/tunables";
import { AppError } from "@/lib/kernel/errors";
import { isMissing } from "@/lib/kernel/missing";
import type { WebServices } from "./context";

type Services = Pick<WebServices, "db" | "log" | "wake" | "competitionsDir" | "settings">;
type Tell = (progress: ImportProgress) => void;

/**
 * Reads the folders that administrators have uploaded, one at a time, and brings them in: as much as one holds in memory is
 * a piece of a file, and what the truth's tables take.
 */
export class ImportDesk {
  private readonly owner = `web:${process.pid}:${randomBytes(4).toString("hex")}`;
  private running: Promise<void> | null = null;
  private again = false;

  constructor(private readonly services: Services) {}

  /** Looks whether there is something to read; what is being read already is not held up. */
  readonly look = (): void => {
    this.again = true;
    this.running ??= this.work().finally(() => {
      this.running = null;
    });
  };

  private async work(): Promise<void> {
    const { db, log } = this.services;
    try {
      while (this.again) {
        this.again = false;
        for (let claim = await claimImport(db, this.owner); claim; claim = await claimImport(db, this.owner))
          await this.carryOut(claim);
      }
    } catch (error) {
      log.warn({ err: error }, "imports could not be looked for");
    }
  }

  private async carryOut(claim: ImportClaim): Promise<void> {
    const { db, competitionsDir } = this.services;
    const log = this.services.log.child({ import: claim.publicId });
    const store = storeLayout(competitionsDir);
    const zip = store.upload(claim.uploadId);
    const staging = store.importing(claim.publicId);
    const held = new Held(db, claim);
    try {
      await rm(staging, { recursive: true, force: true });
      await mkdir(staging, { recursive: true, mode: 0o700 });
      const verdict = await this.verdictOf(claim, { zip, staging }, held.tell).catch((error: unknown) => {
        if (isMissingAt(error, zip)) return refusedFor("The upload is gone. Upload it again.");
        const problems = problemsIn(error);
        if (problems === null) log.error({ err: error }, "an import could not be read");
        return problems ?? refusedFor("The lab failed to read it, for a reason that its log has.");
      });
      await held.end();
      await settleImport(db, claim, verdict);
      log.info("problems" in verdict ? { refused: verdict.problems.length } : verdict.outcome, "import read");
      for (const path of [zip, `${zip}.json`]) await rm(path, { force: true });
      this.services.wake();
    } catch (error) {
      if (error instanceof ImportLost) log.info("taken over by another process");
      else log.warn({ err: error }, "an import was not settled; it is taken up again");
    } finally {
      await held.end();
      await rm(staging, { recursive: true, force: true });
    }
  }

  private async verdictOf(
    claim: ImportClaim,
    { zip, staging }: { zip: string; staging: string },
    tell: Tell,
  ): Promise<ImportVerdict> {
    const { db, wake, settings, competitionsDir } = this.services;
    const actor = await importerOf(db, claim);
    if (actor === null) return refusedFor("The account that uploaded it is disabled.");
    // What is brought in lies there twice for a while, unpacked and in the store.
    const assertRoom = (bytes: number) => assertSpace(staging, 2 * bytes);
    await unpackZip(zip, staging, {
      assertRoom,
      onProgress: (done, total) => tell({ step: "unpack", done, total }),
    });
    tell({ step: "read", done: 0, total: 0 });
    const context: CommandContext = { db, actor, requestId: claim.publicId, wake, settings };
    const store = { dir: competitionsDir };
    const stored = () => tell({ step: "store", done: 0, total: 0 });
    if (claim.target !== null) {
      const { maxUploadBytes, publishedAt } = await competitionBySlug(db, claim.target);
      const folder = await readEvaluationFolder(staging, maxUploadBytes);
      stored();
      const evaluation = await importEvaluation(context, store, claim.target, folder, { waits: true });
      const waiting = publishedAt === null ? null : { settings: {} };
      const outcome = { created: false, counts: folder.counts, files: null, baseline: null };
      return { evaluation, outcome: { ...outcome, changed: [], waiting } };
    }
    const folder = await readCompetitionFolder(staging, { exposure: claim.exposure });
    stored();
    const { evaluation, ...what } = await importCompetition(context, store, folder);
    const { counts, baseline, data } = folder;
    if (baseline) await storeSubmission(store, baseline);
    const file = baseline && { filename: baseline.name, bytes: baseline.size, sha256: baseline.sha256 };
    const outcome = { ...what, changed: [...what.changed], counts, files: data.length, baseline: file };
    return { evaluation, outcome };
  }
}

function refusedFor(message: string): ImportVerdict {
  return { problems: [{ file: ".", message }] };
}

function isMissingAt(error: unknown, path: string): boolean {
  return isMissing(error) && error.path === path;
}

/** What its author can mend, or an admin; null for what is wrong on our side. */
function problemsIn(error: unknown): ImportVerdict | null {
  if (error instanceof InvalidFolder) return { problems: [...error.problems] };
  if (!(error instanceof AppError)) return null;
  const fields = Object.entries(error.fields ?? {});
  if (fields.length === 0) return refusedFor(error.message);
  const problems = fields.map(([field, message]) =>
    field === "manifest"
      ? { file: "evaluation.json", message }
      : { file: "competition.json", field, message },
  );
  return { problems };
}

/** Renews a claim as long as it is read, with what was told last. */
class Held {
  private last: ImportProgress = { step: "unpack", done: 0, total: 0 };
  private renewing: Promise<void> = Promise.resolve();
  private toldAt = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly db: WebServices["db"],
    private readonly claim: ImportClaim,
  ) {
    this.timer = setInterval(() => this.renew(), importLease.renewMs);
  }

  /** Written at most twice a second, and with each step. @throws ImportLost through the verdict's write */
  readonly tell = (progress: ImportProgress): void => {
    const isDue = progress.step !== this.last.step || Date.now() - this.toldAt > 500;
    this.last = progress;
    if (isDue) this.renew();
  };

  private renew(): void {
    this.toldAt = Date.now();
    // One that is lost is found lost when the verdict is written.
    this.renewing = this.renewing
      .then(() => renewImport(this.db, this.claim, this.last))
      .catch(() => undefined);
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
  }
}
