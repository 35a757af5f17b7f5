import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { Draft } from "./draft";
import { limitFieldNames, limitFields } from "./limits";

export interface LimitFieldsProps {
  draft: Draft;
  errors: Readonly<Record<string, string>> | undefined;
  /** Names the API's fields from the limits' own, e.g. for defaults. */
  nameOf?: (name: (typeof limitFieldNames)[number]) => string;
}

/** A person's limits as fields; what is left empty is no limit. */
export function LimitFields({ draft, errors, nameOf = (name) => name }: LimitFieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {limitFieldNames.map((limit) => {
        const { label, hint, step, required } = limitFields[limit];
        const name = nameOf(limit);
        return (
          <Field key={limit} label={label} hint={hint} error={errors?.[name]} optional={!required}>
            {(control) => (
              <Input
                {...control}
                name={name}
                type="number"
                min={0}
                step={step}
                required={required}
                value={draft.text(name)}
                onChange={(event) => draft.type(name, event.target.value)}
                placeholder={required ? undefined : "no limit"}
                className="font-mono"
              />
            )}
          </Field>
        );
      })}
    </div>
  );
}
