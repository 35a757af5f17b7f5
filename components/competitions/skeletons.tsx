import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";

const rows = ["first", "second", "third"];

/** A panel of competitions, each with its picture. */
export function CatalogueSkeleton() {
  return (
    <Panel inset="flush">
      {rows.map((row) => (
        <div key={row} className="flex gap-4 border-border border-b px-4 py-3 last:border-0">
          <Skeleton className="h-16 w-24 shrink-0 max-sm:h-11 max-sm:w-16" />
          <div className="flex flex-1 flex-col gap-2 py-1">
            <Skeleton className="h-4 w-1/3" />
            <Skeleton className="h-4 w-2/3" />
          </div>
        </div>
      ))}
    </Panel>
  );
}
