import { HeaderSkeleton, PanelSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <PanelSkeleton rows={6} />
    </div>
  );
}
