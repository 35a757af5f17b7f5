import { eq, inArray } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { gpus, nodes, reservations } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import type { TransactionFilter, TransactionView } from "@/lib/wallet/model";
import { listTransactions } from "@/lib/wallet/statement";
import { gpuName } from "../booking";
import type { StatementLine } from "../model";
import { type HourReference, hourReferenceOf } from "../references";

interface NamedGpu {
  readonly id: string;
  readonly name: string;
}

const gpuColumns = { id: gpus.publicId, deviceIndex: gpus.deviceIndex, node: nodes.name };

/** The GPUs of hours by what references name: their own public ids, and those of the reservations that they were booked for. */
async function gpusOf(db: DbOrTx, references: readonly HourReference[]): Promise<Map<string, NamedGpu>> {
  const ids = (kind: HourReference["kind"]) => [
    ...new Set(references.flatMap((reference) => (reference.kind === kind ? [reference.id] : []))),
  ];
  const [sold, booked] = [ids("slot"), ids("reservation")];
  const rows = await Promise.all([
    sold.length === 0
      ? []
      : db
          .select({ of: gpus.publicId, ...gpuColumns })
          .from(gpus)
          .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
          .where(inArray(gpus.publicId, sold)),
    booked.length === 0
      ? []
      : db
          .select({ of: reservations.publicId, ...gpuColumns })
          .from(reservations)
          .innerJoin(gpus, eq(gpus.id, reservations.gpuId))
          .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
          .where(inArray(reservations.publicId, booked)),
  ]);
  return new Map(rows.flat().map(({ of, id, ...gpu }) => [of, { id, name: gpuName(gpu) }]));
}

/**
 * The actor's statement as `listTransactions` has it, with the hour of GPU time that each line was for.
 * @throws AppError `invalid` (cursor)
 */
export async function listStatement(
  db: DbOrTx,
  actor: Actor,
  input: PageInput & TransactionFilter,
): Promise<Page<StatementLine>> {
  const { data, nextCursor } = await listTransactions(db, actor, input);
  const lines = data.map((line) => ({ line, reference: hourReferenceOf(line.reference) }));
  const named = await gpusOf(
    db,
    lines.flatMap(({ reference }) => reference ?? []),
  );
  return {
    data: lines.map(({ line, reference }) => ({ ...line, hour: hourOf(line, reference, named) })),
    nextCursor,
  };
}

function hourOf(
  { at }: TransactionView,
  reference: HourReference | null,
  named: ReadonlyMap<string, NamedGpu>,
): StatementLine["hour"] {
  const gpu = reference && named.get(reference.id);
  if (!gpu) return null;
  const { kind, slot } = reference;
  // As it begins an hour is paid; before that only the one that a cancellation left due.
  const cancelledLate = kind === "reservation" && Date.parse(at) < Date.parse(slot);
  return { gpuId: gpu.id, gpu: gpu.name, slot, cancelledLate };
}
