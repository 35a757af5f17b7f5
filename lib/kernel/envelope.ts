import { z } from "zod";

/** Every success is `{ data, meta }`. */
export function envelope<Data extends z.ZodType>(data: Data) {
  return z.strictObject({ data, meta: z.strictObject({}) });
}

/** A page of a list; `nextCursor` is opaque, null at the end. */
export function listEnvelope<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ data: z.array(item), meta: z.strictObject({ nextCursor: z.string().nullable() }) });
}

export const pageInput = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type PageInput = z.output<typeof pageInput>;

/** A page as queries hand it over. */
export interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}

/** A page in its envelope. */
export function paged<Item>({ data, nextCursor }: Page<Item>) {
  return { data, meta: { nextCursor } };
}

export function ok<Data>(data: Data): { data: Data; meta: Record<string, never> } {
  return { data, meta: {} };
}
