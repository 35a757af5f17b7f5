import { type ReactNode, useId } from "react";
import { Select } from "@/components/ui/select";

export interface ChooserProps {
  label: string;
  value: string;
  onValueChange: (value: string) => void;
  /** Of options. */
  children: ReactNode;
}

/** What is drawn besides, beside the other controls. */
export function Chooser({ label, children, ...props }: ChooserProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 items-center gap-2 text-xs">
      <label htmlFor={id} className="shrink-0 text-muted-foreground">
        {label}
      </label>
      <div className="w-64 min-w-0 max-sm:w-52">
        <Select id={id} {...props}>
          {children}
        </Select>
      </div>
    </div>
  );
}
