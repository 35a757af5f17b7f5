import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";

export const drawingHeight = "h-[min(60dvh,34rem)] max-sm:h-[50dvh]";

/** Stands where something will be drawn. */
export function Drawing() {
  return <Skeleton className={drawingHeight} />;
}

/** Why something is not shown, and what else can be done. */
export function NothingShown({ what, error }: { what: string; error: Error }) {
  return (
    <div role="alert">
      <Notice tone="warn" title={`${what} is not shown`}>
        {error.message}
      </Notice>
    </div>
  );
}
