import { HeaderSkeleton, PanelSkeleton, TableSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton parent />
      <div className="flex flex-col gap-4">
        <TableSkeleton title rows={1} />
        <PanelSkeleton rows={5} />
      </div>
    </div>
  );
}
