import { HeaderSkeleton, TableSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <TableSkeleton title />
    </div>
  );
}
