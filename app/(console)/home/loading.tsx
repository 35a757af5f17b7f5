import { HeaderSkeleton, PanelSkeleton, RackSkeleton } from "@/components/live/skeletons";

export default function HomeLoading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <PanelSkeleton rows={2} />
          <RackSkeleton />
        </div>
        <PanelSkeleton rows={5} />
      </div>
    </div>
  );
}
