import { HeaderSkeleton, TableSkeleton } from "@/components/live/skeletons";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";

export default function SettingsLoading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <div className="flex max-w-4xl flex-col gap-6">
        <Panel inset="flush">
          <div className="flex h-13.5 items-center border-border border-b px-4">
            <Skeleton className="h-4 w-64" />
          </div>
          <div className="grid gap-8 p-4 lg:grid-cols-2">
            <Skeleton className="h-52 w-full" />
            <Skeleton className="h-52 w-full" />
          </div>
        </Panel>
        <TableSkeleton rows={2} title />
        <Panel>
          <Skeleton className="h-44 w-85 max-w-full" />
        </Panel>
      </div>
    </div>
  );
}
