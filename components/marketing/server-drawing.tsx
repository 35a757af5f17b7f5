import { cn } from "@/components/ui/cn";

const slots = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Which of the eight is lit. */
const yours = 2;
const slot = { width: 56, gap: 14, top: 30, height: 186, left: 28 } as const;
const fins = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

function slotLeft(index: number): number {
  return slot.left + index * (slot.width + slot.gap);
}

/** A line drawing of an eight-GPU server with one GPU lit and a lead drawn out of it. Decoration. */
export function ServerDrawing({ className }: { className?: string }) {
  const leadX = slotLeft(yours) + slot.width / 2;
  return (
    <svg aria-hidden="true" viewBox="0 0 602 300" fill="none" className={cn("h-auto w-full", className)}>
      <rect x="0.5" y="0.5" width="601" height="245" rx="7" className="fill-surface stroke-border-strong" />
      {slots.map((index) => (
        <Gpu key={index} x={slotLeft(index)} lit={index === yours} />
      ))}
      <path d={`M${leadX} ${slot.top + slot.height}V300`} className="stroke-primary" strokeWidth="1.5" />
      <circle cx={leadX} cy={slot.top + slot.height} r="3.5" className="fill-primary" />
    </svg>
  );
}

function Gpu({ x, lit }: { x: number; lit: boolean }) {
  const line = lit ? "stroke-primary" : "stroke-border-strong";
  return (
    <g>
      <rect
        x={x + 0.5}
        y={slot.top + 0.5}
        width={slot.width}
        height={slot.height}
        rx="4"
        className={cn(line, lit ? "fill-primary/8" : "fill-sunken")}
      />
      {fins.map((fin) => (
        <path
          key={fin}
          d={`M${x + 10} ${slot.top + 22.5 + fin * 12}H${x + slot.width - 9}`}
          className={line}
          strokeOpacity={lit ? 0.75 : 1}
        />
      ))}
      <rect
        x={x + 10}
        y={slot.top + slot.height - 30}
        width={slot.width - 19}
        height="14"
        rx="1.5"
        className={lit ? "fill-primary" : "fill-border"}
      />
    </g>
  );
}
