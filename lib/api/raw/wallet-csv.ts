import type { OpenAPI } from "@orpc/openapi";
import type { StatementLine } from "@/lib/schedule/model";
import { listStatement } from "@/lib/schedule/queries/statement";
import { currencies, transactionFilter, transferKinds } from "@/lib/wallet/model";
import { exportPageSize } from "../tunables";
import { csvAnswers, csvResponse, type Table } from "./csv";
import { parsed } from "./parsed";
import type { RawCall, RawRoute } from "./route";

async function statement(call: RawCall): Promise<Response> {
  const { db, actor } = call.context;
  const filter = parsed(transactionFilter, Object.fromEntries(new URL(call.request.url).searchParams));
  const day = new Date().toISOString().slice(0, 10);
  const table: Table<StatementLine> = {
    filename: `medforge-wallet-${day}.csv`,
    columns: {
      id: ({ id }) => id,
      at: ({ at }) => at,
      currency: ({ currency }) => currency,
      // In columns of their own, as banks have them: a text that begins with a minus is a formula to some programs.
      in: ({ amount }) => (amount.startsWith("-") ? null : amount),
      out: ({ amount }) => (amount.startsWith("-") ? amount.slice(1) : null),
      balance: ({ balance }) => balance,
      kind: ({ kind }) => kind,
      reference: ({ reference }) => reference,
      gpu: ({ hour }) => hour?.gpu ?? null,
      hour: ({ hour }) => hour?.slot ?? null,
      cancelledLate: ({ hour }) => hour && String(hour.cancelledLate),
    },
    async page(cursor) {
      return listStatement(db, actor, { ...filter, cursor, limit: exportPageSize });
    },
  };
  return csvResponse(table, call);
}

const oneOf = (name: string, values: readonly string[]): OpenAPI.ParameterObject => ({
  name,
  in: "query",
  schema: { type: "string", enum: [...values] },
});
const time = (name: string) =>
  ({ name, in: "query", schema: { type: "string", format: "date-time" } }) as const;

/** A person's own statement as CSV, on either surface the same. */
export const walletCsvRoute: RawRoute = {
  name: "wallet.transactions.csv",
  method: "GET",
  path: "/wallet/transactions.csv",
  access: "user",
  hasInput: true,
  surface: null,
  description: {
    tags: ["Wallet"],
    summary: "Your statement as CSV (RFC 4180, UTF-8), newest first",
    parameters: [oneOf("currency", currencies), oneOf("kind", transferKinds), time("from"), time("to")],
    responses: csvAnswers,
  },
  handle: statement,
};
