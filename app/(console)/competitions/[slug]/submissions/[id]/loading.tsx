import { HeaderSkeleton, PanelSkeleton, TableSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton parent />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <TableSkeleton title rows={3} />
        <PanelSkeleton rows={3} />
      </div>
    </div>
  );
}
