import { cn } from "@/components/ui/cn";

const columns = [0, 1, 2, 3] as const;
const rows = [0, 1] as const;

/** Eight GPUs as they sit in a server, one of them yours. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 22 18" className={cn("h-4.5 w-5.5", className)}>
      {rows.flatMap((row) =>
        columns.map((column) => (
          <rect
            key={`${row}-${column}`}
            x={column * 6}
            y={row * 10}
            width="4"
            height="8"
            rx="0.75"
            className={row === 1 && column === 1 ? "fill-primary" : "fill-foreground/35"}
          />
        )),
      )}
    </svg>
  );
}

export function Wordmark({ className }: { className?: string }) {
  return (
    <span
      className={cn("inline-flex items-center gap-2.5 font-semibold text-base tracking-tight", className)}
    >
      <LogoMark />
      MedForge
    </span>
  );
}
