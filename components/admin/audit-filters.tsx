import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { systemName } from "@/lib/audit/rules";
import type { AuditChoice } from "./audit-choice";

export interface AuditFiltersProps {
  choice: AuditChoice;
  onType: (name: keyof AuditChoice, value: string) => void;
  onClear: () => void;
}

const texts = [
  { name: "who", label: "Who", hint: `A user name, or ${systemName}`, max: 32 },
  { name: "action", label: "Action", hint: "session, or session.stop", max: 64 },
  { name: "resource", label: "What", hint: "A session's name or an id", max: 64 },
] as const;

const days = [
  { name: "from", label: "From day" },
  { name: "to", label: "To day" },
] as const;

export function AuditFilters({ choice, onType, onClear }: AuditFiltersProps) {
  const narrowed = Object.values(choice).some((value) => value !== "");
  return (
    <Panel aria-label="Filters">
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-[repeat(5,minmax(0,1fr))_auto]">
        {texts.map(({ name, label, hint, max }) => (
          <Field key={name} label={label} className="max-sm:col-span-2">
            {(control) => (
              <Input
                {...control}
                value={choice[name]}
                placeholder={hint}
                maxLength={max}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => onType(name, event.target.value)}
              />
            )}
          </Field>
        ))}
        {days.map(({ name, label }) => (
          <Field key={name} label={label}>
            {(control) => (
              <Input
                {...control}
                type="date"
                value={choice[name]}
                onChange={(event) => onType(name, event.target.value)}
              />
            )}
          </Field>
        ))}
        <Button className="self-end" disabled={!narrowed} onClick={onClear}>
          Clear
        </Button>
      </div>
    </Panel>
  );
}
