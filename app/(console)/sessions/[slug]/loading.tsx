import { HeaderSkeleton, PanelSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton parent />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <PanelSkeleton rows={8} />
        <PanelSkeleton rows={4} />
      </div>
    </div>
  );
}
