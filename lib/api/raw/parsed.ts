import type { z } from "zod";
import { AppError } from "@/lib/kernel/errors";
import { fieldMessages, fieldsText } from "@/lib/kernel/issue-text";

/** @throws AppError `invalid`, with a message per field, as a procedure's input has it */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = fieldMessages(result.error.issues);
  throw new AppError("invalid", fieldsText(fields), { fields });
}
