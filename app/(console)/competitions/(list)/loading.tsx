import { CatalogueSkeleton } from "@/components/competitions/skeletons";
import { HeaderSkeleton } from "@/components/live/skeletons";

export default function Loading() {
  return (
    <div aria-busy="true">
      <HeaderSkeleton />
      <CatalogueSkeleton />
    </div>
  );
}
