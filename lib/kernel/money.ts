import { z } from "zod";

export { type Micros, micros, microsOf, textOf } from "./micros";

/** An amount as it is handed out, as `textOf` writes it. */
export const amountText = z.string().regex(/^-?\d+(\.\d{1,6})?$/);

/** An amount as people and programs hand it in, zero or more: a string, since a JSON number is a float. */
export const amountInput = z
  .string()
  .regex(
    /^(0|[1-9]\d{0,8})(\.\d{1,6})?$/,
    "An amount as text, such as 12.5: below 1000000000, at most 6 decimals.",
  );
