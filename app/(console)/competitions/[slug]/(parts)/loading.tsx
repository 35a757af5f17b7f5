import { PanelSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <PanelSkeleton rows={6} />
    </div>
  );
}
