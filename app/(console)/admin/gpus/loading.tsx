import { HeaderSkeleton, RackSkeleton, TableSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <div className="flex flex-col gap-4">
        <TableSkeleton title rows={1} />
        <RackSkeleton />
      </div>
    </div>
  );
}
