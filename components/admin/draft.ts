import { useState } from "react";

export type Numbers = Readonly<Record<string, number | null>>;

/** What was typed, by field name. */
type Typed = Readonly<Record<string, string>>;

const textOf = (value: number | null | undefined): string => (value == null ? "" : String(value));

/**
 * The numbers that were typed and aren't what is there; an empty field is no limit. A field that may not be empty is left
 * to the browser and the server to refuse.
 */
export function changedNumbers<Values extends Numbers>(typed: Typed, values: Values): Partial<Values> {
  const changed = Object.entries(typed).flatMap(([name, text]) => {
    const number = text.trim() === "" ? null : Number(text);
    return number === values[name] ? [] : [[name, number]];
  });
  return Object.fromEntries(changed) as Partial<Values>;
}

/** Fields over numbers that may change meanwhile: a change comes into those that nobody has typed into. */
export function useDraft<Values extends Numbers>(values: Values) {
  const [typed, setTyped] = useState<Typed>({});
  return {
    text: (name: string) => typed[name] ?? textOf(values[name]),
    type: (name: string, text: string) => setTyped((before) => ({ ...before, [name]: text })),
    changed: () => changedNumbers(typed, values),
    /** To be called after saving what `changed` gave: the fields follow what is there again. */
    saved: () =>
      setTyped((now) =>
        Object.fromEntries(Object.entries(now).filter(([name, text]) => text !== typed[name])),
      ),
  };
}

export type Draft = Pick<ReturnType<typeof useDraft>, "text" | "type">;
