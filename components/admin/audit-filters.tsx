import { ChevronDown } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
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
  { name: "resource", label: "What", hint: "A name as shown, or an id", max: 64 },
] as const;

const days = [
  { name: "from", label: "From day" },
  { name: "to", label: "To day" },
] as const;

export function AuditFilters({ choice, onType, onClear }: AuditFiltersProps) {
  const [open, setOpen] = useState(false);
  const fieldsId = useId();
  const set = Object.values(choice).filter((value) => value !== "").length;
  return (
    <Panel aria-label="Filters">
      {/* Five fields would fill a phone before the first entry. */}
      <Button
        className="w-full justify-between sm:hidden"
        aria-expanded={open}
        aria-controls={fieldsId}
        onClick={() => setOpen(!open)}
      >
        {set === 0 ? "Filters" : `Filters, ${set} set`}
        <ChevronDown aria-hidden className={cn("transition-transform duration-100", open && "rotate-180")} />
      </Button>
      <div
        id={fieldsId}
        className={cn(
          "grid grid-cols-2 gap-3 max-sm:pt-3 sm:grid-cols-3 lg:grid-cols-[repeat(5,minmax(0,1fr))_auto]",
          !open && "max-sm:hidden",
        )}
      >
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
        <Button className="self-end" disabled={set === 0} onClick={onClear}>
          Clear
        </Button>
      </div>
    </Panel>
  );
}
