import { HeaderSkeleton, PanelSkeleton, TableSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <div className="mb-4 grid gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <PanelSkeleton rows={2} />
        <PanelSkeleton rows={3} />
      </div>
      <TableSkeleton title />
    </div>
  );
}
