import { HeaderSkeleton, TableSkeleton } from "@/components/live/skeletons";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton parent />
      <Panel inset="flush">
        <div className="flex h-11 items-center border-border border-b px-4">
          <Skeleton className="h-4 w-72" />
        </div>
        <div className="p-4">
          <Skeleton className="h-40 w-full" />
        </div>
        <div className="h-10 border-border border-t" />
      </Panel>
      <div className="mt-4">
        <TableSkeleton title />
      </div>
    </div>
  );
}
