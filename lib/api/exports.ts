import { z } from "zod";
import { type AuditEntryView, auditFilter } from "@/lib/audit/model";
import { auditPages } from "@/lib/auth/audit-log";
import { type UserView, userFilter } from "@/lib/auth/model";
import type { SignedInContext } from "@/lib/auth/procedure";
import { listUsers } from "@/lib/auth/queries";
import { type SubmissionView, submissionFilter } from "@/lib/competitions/model";
import { listAllSubmissions } from "@/lib/competitions/queries/submissions";
import type { GpuView } from "@/lib/fleet/model";
import { listAllGpus } from "@/lib/fleet/queries";
import { exportFilter } from "@/lib/schedule/model";
import { listSold, type SoldSlot } from "@/lib/schedule/queries/sold";
import { weekHoursOf } from "@/lib/sessions/limits";
import { type SessionView, sessionFilter } from "@/lib/sessions/model";
import { listAllSessions } from "@/lib/sessions/queries";
import { type UsageRow, usagePages } from "@/lib/usage/queries/weeks";
import { agreementOf } from "@/lib/usage/rules";
import type { Cell } from "./csv";
import { exportPageSize } from "./tunables";

interface Page<Item> {
  readonly rows: readonly Item[];
  readonly nextCursor: string | null;
}

type Reader<Item> = (cursor: string | undefined) => Promise<Page<Item>>;

interface Definition<Filter, Item> {
  readonly what: string;
  /** What the file has, for the description; the list of `what` with its own filters unless said. */
  readonly summary?: string;
  /** Below the API's prefix; `/admin/<what>.csv` unless said. */
  readonly path?: string;
  readonly filter: z.ZodType<Filter>;
  readonly columns: Readonly<Record<string, (item: Item) => Cell>>;
  /** What reads the pages: whatever holds for all of them is found out before the first. */
  reader(context: SignedInContext, filter: Filter): Promise<Reader<Item>> | Reader<Item>;
}

/** A list of the administrators' as a file. Not a procedure: its answer is no JSON and has no end in memory. */
export interface CsvExport {
  /** Below the API's prefix. */
  readonly path: string;
  /** Names it in the audit, the file and the description. */
  readonly what: string;
  readonly summary: string;
  readonly filter: z.ZodType;
  readonly columns: readonly string[];
  /**
   * All rows that fit `filter`, which must have been parsed by it, a page at a time.
   * @throws AppError before the first page, where the filter names what isn't there
   */
  rows(context: SignedInContext, filter: unknown): Promise<AsyncGenerator<Cell[][]>>;
}

function csvExport<Filter, Item>(definition: Definition<Filter, Item>): CsvExport {
  const { what, filter, columns, reader } = definition;
  const cells = Object.values(columns);
  return {
    path: definition.path ?? `/admin/${what}.csv`,
    what,
    summary:
      definition.summary ?? `The list of ${what} as CSV (RFC 4180, UTF-8), with the list's own filters`,
    filter,
    columns: Object.keys(columns),
    rows: async (context, given) => pagesOf(await reader(context, filter.parse(given)), cells),
  };
}

async function* pagesOf<Item>(
  read: Reader<Item>,
  cells: readonly ((item: Item) => Cell)[],
): AsyncGenerator<Cell[][]> {
  let cursor: string | undefined;
  do {
    const { rows, nextCursor } = await read(cursor);
    yield rows.map((item) => cells.map((cell) => cell(item)));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}

type UserWithUse = UserView & { readonly gpuHoursThisWeek: number };

const users = csvExport({
  what: "users",
  filter: userFilter,
  columns: {
    id: (user: UserWithUse) => user.id,
    username: (user: UserWithUse) => user.username,
    email: (user: UserWithUse) => user.email,
    role: (user: UserWithUse) => user.role,
    canUseInternal: (user: UserWithUse) => user.canUseInternal,
    disabled: (user: UserWithUse) => user.disabled,
    maxSessions: (user: UserWithUse) => user.maxSessions,
    maxGpuHoursPerWeek: (user: UserWithUse) => user.maxGpuHoursPerWeek,
    maxDiskGb: (user: UserWithUse) => user.maxDiskGb,
    maxDurationMinutes: (user: UserWithUse) => user.maxDurationMinutes,
    weeklyBudget: (user: UserWithUse) => user.weeklyBudget,
    createdAt: (user: UserWithUse) => user.createdAt,
    gpuHoursThisWeek: (user: UserWithUse) => user.gpuHoursThisWeek,
  },
  reader:
    ({ db, actor, settings }, filter) =>
    async (cursor) => {
      const { rows, nextCursor } = await listUsers(db, actor, { ...filter, limit: exportPageSize, cursor });
      const used = await weekHoursOf(
        db,
        settings.zone,
        rows.map(({ id }) => id),
      );
      return {
        rows: rows.map((user) => ({ ...user, gpuHoursThisWeek: used.get(user.id) ?? 0 })),
        nextCursor,
      };
    },
});

const gpus = csvExport({
  what: "gpus",
  filter: z.strictObject({}),
  columns: {
    id: (gpu: GpuView) => gpu.id,
    uuid: (gpu: GpuView) => gpu.uuid,
    node: (gpu: GpuView) => gpu.node,
    index: (gpu: GpuView) => gpu.index,
    model: (gpu: GpuView) => gpu.model,
    memoryMiB: (gpu: GpuView) => gpu.memoryMiB,
    simulated: (gpu: GpuView) => gpu.simulated,
    state: (gpu: GpuView) => gpu.state,
    stateReason: (gpu: GpuView) => gpu.stateReason,
    present: (gpu: GpuView) => gpu.present,
    free: (gpu: GpuView) => gpu.free,
    holder: (gpu: GpuView) => gpu.holder?.username ?? null,
    session: (gpu: GpuView) => gpu.holder?.slug ?? null,
    until: (gpu: GpuView) => gpu.holder?.until ?? null,
    mode: (gpu: GpuView) => gpu.mode,
  },
  reader:
    ({ db, actor }) =>
    async () => ({ rows: await listAllGpus(db, actor), nextCursor: null }),
});

const sessions = csvExport({
  what: "sessions",
  filter: sessionFilter,
  columns: {
    slug: (session: SessionView) => session.slug,
    state: (session: SessionView) => session.state,
    exposure: (session: SessionView) => session.exposure,
    owner: (session: SessionView) => session.owner,
    workspace: (session: SessionView) => session.workspace.id,
    environment: (session: SessionView) => session.pack.name,
    gpu: (session: SessionView) => session.gpu.id,
    gpuModel: (session: SessionView) => session.gpu.model,
    sshPort: (session: SessionView) => session.ssh.port,
    createdAt: (session: SessionView) => session.createdAt,
    runningAt: (session: SessionView) => session.runningAt,
    stopsAt: (session: SessionView) => session.stopsAt,
    endedAt: (session: SessionView) => session.endedAt,
    stopReason: (session: SessionView) => session.stopReason,
    error: (session: SessionView) => session.error,
    workspaceName: (session: SessionView) => session.workspace.name,
    endsBy: (session: SessionView) => session.endsBy,
    heldUntil: (session: SessionView) => session.heldUntil,
  },
  reader:
    ({ db, actor, settings }, filter) =>
    async (cursor) => {
      const input = { ...filter, limit: exportPageSize, cursor };
      const { data, nextCursor } = await listAllSessions(db, actor, settings.sshHost, input);
      return { rows: data, nextCursor };
    },
});

const audit = csvExport({
  what: "audit",
  filter: auditFilter,
  columns: {
    id: (entry: AuditEntryView) => entry.id,
    at: (entry: AuditEntryView) => entry.at,
    who: (entry: AuditEntryView) => entry.who,
    action: (entry: AuditEntryView) => entry.action,
    resource: (entry: AuditEntryView) => entry.resource,
    requestId: (entry: AuditEntryView) => entry.requestId,
    detail: (entry: AuditEntryView) => JSON.stringify(entry.detail),
  },
  async reader({ db, actor }, filter) {
    const page = await auditPages(db, actor, filter);
    return (cursor) => page({ limit: exportPageSize, cursor });
  },
});

const submissions = csvExport({
  what: "submissions",
  filter: submissionFilter,
  columns: {
    id: (submission: SubmissionView) => submission.id,
    competition: (submission: SubmissionView) => submission.competition,
    submitter: (submission: SubmissionView) => submission.submitter,
    filename: (submission: SubmissionView) => submission.filename,
    bytes: (submission: SubmissionView) => submission.bytes,
    sha256: (submission: SubmissionView) => submission.sha256,
    acceptedAt: (submission: SubmissionView) => submission.acceptedAt,
    evaluation: (submission: SubmissionView) => submission.evaluationId,
    state: (submission: SubmissionView) => submission.state,
    metrics: (submission: SubmissionView) => JSON.stringify(submission.metrics),
    problem: (submission: SubmissionView) => submission.problem?.detail ?? null,
    scorer: (submission: SubmissionView) => submission.scorer,
    reportDigest: (submission: SubmissionView) => submission.reportDigest,
    startedAt: (submission: SubmissionView) => submission.startedAt,
    finishedAt: (submission: SubmissionView) => submission.finishedAt,
    durationMs: (submission: SubmissionView) => submission.durationMs,
  },
  reader:
    ({ db, actor }, filter) =>
    async (cursor) => {
      const page = await listAllSubmissions(db, actor, { ...filter, limit: exportPageSize, cursor });
      return { rows: page.data, nextCursor: page.nextCursor };
    },
});

const schedule = csvExport({
  what: "schedule",
  summary: "A week's hours that are sold, bid on or booked, as CSV (RFC 4180, UTF-8)",
  path: "/admin/export",
  filter: exportFilter,
  columns: {
    week: (slot: SoldSlot) => slot.week,
    slot: (slot: SoldSlot) => slot.slot,
    gpu: (slot: SoldSlot) => slot.gpuId,
    node: (slot: SoldSlot) => slot.node,
    index: (slot: SoldSlot) => slot.index,
    model: (slot: SoldSlot) => slot.model,
    state: (slot: SoldSlot) => slot.state,
    username: (slot: SoldSlot) => slot.username,
    price: (slot: SoldSlot) => slot.price,
    currency: (slot: SoldSlot) => slot.currency,
    reservation: (slot: SoldSlot) => slot.reservationId,
  },
  async reader({ db, actor }, filter) {
    const rows = await listSold(db, actor, filter);
    return async () => ({ rows, nextCursor: null });
  },
});

const usage = csvExport({
  what: "usage",
  summary: "Who held and who used each hour of a week, as CSV (RFC 4180, UTF-8)",
  path: "/admin/export-usage",
  filter: exportFilter,
  columns: {
    week: (hour: UsageRow) => hour.week,
    slot: (hour: UsageRow) => hour.slot,
    gpu: (hour: UsageRow) => hour.id,
    node: (hour: UsageRow) => hour.node,
    index: (hour: UsageRow) => hour.index,
    model: (hour: UsageRow) => hour.model,
    mode: (hour: UsageRow) => hour.mode,
    assigned: (hour: UsageRow) => hour.assigned,
    actual: (hour: UsageRow) => hour.actual,
    agreement: (hour: UsageRow) => agreementOf(hour),
    samples: (hour: UsageRow) => hour.samples,
    busySamples: (hour: UsageRow) => hour.busySamples,
    assignedSamples: (hour: UsageRow) => hour.assignedSamples,
    actualSamples: (hour: UsageRow) => hour.actualSamples,
  },
  async reader({ db, actor }, filter) {
    const page = await usagePages(db, actor, filter);
    return async (cursor) => {
      const { rows, next } = await page(Number(cursor ?? 0));
      return { rows, nextCursor: next === null ? null : String(next) };
    };
  },
});

export const csvExports: readonly CsvExport[] = [users, gpus, sessions, audit, submissions, schedule, usage];
