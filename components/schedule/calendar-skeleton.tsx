import { HeaderSkeleton } from "@/components/live/skeletons";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";

/** While a calendar of GPU hours is on its way. */
export function CalendarSkeleton() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <Panel inset="flush">
        <div className="flex h-12 items-center border-border border-b px-4">
          <Skeleton className="h-4 w-72" />
        </div>
        <div className="p-4">
          <Skeleton className="h-150 w-full" />
        </div>
        <div className="h-15 border-border border-t" />
      </Panel>
    </div>
  );
}
