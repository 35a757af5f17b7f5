import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";

/** Stands where a page's head will: title and its one line. */
export function HeaderSkeleton({ parent }: { parent?: boolean }) {
  return (
    <div className="flex flex-col gap-2 pb-5">
      {parent ? <Skeleton className="h-3.5 w-20" /> : null}
      <Skeleton className="h-6 w-40" />
      <Skeleton className="h-4 w-72 max-w-full" />
    </div>
  );
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A panel of rows as tall as a table's. */
export function TableSkeleton({ rows = 8, title }: { rows?: number; title?: boolean }) {
  return (
    <Panel inset="flush">
      {title ? (
        <div className="flex h-11 items-center border-border border-b px-4">
          <Skeleton className="h-4 w-32" />
        </div>
      ) : null}
      <div className="flex h-8 items-center border-border border-b px-4">
        <Skeleton className="h-3 w-1/3" />
      </div>
      {lines(rows).map((line) => (
        <div key={line} className="flex h-10.25 items-center gap-6 border-border border-b px-4 last:border-0">
          <Skeleton className="h-4 w-16" />
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-4 flex-1" />
        </div>
      ))}
    </Panel>
  );
}

/** A panel with a title and a few lines in it. */
export function PanelSkeleton({ rows = 4 }: { rows?: number }) {
  return (
    <Panel inset="flush">
      <div className="flex h-11 items-center border-border border-b px-4">
        <Skeleton className="h-4 w-28" />
      </div>
      <div className="flex flex-col gap-4 p-4">
        {lines(rows).map((line) => (
          <Skeleton key={line} className="h-8 w-full" />
        ))}
      </div>
    </Panel>
  );
}

/** A server of bays. */
export function RackSkeleton({ bays = 8 }: { bays?: number }) {
  return (
    <div className="@container overflow-hidden rounded-lg border border-border bg-surface">
      <div className="flex h-9.25 items-center border-border border-b px-3">
        <Skeleton className="h-3 w-16" />
      </div>
      <div className="-mr-px -mb-px grid @5xl:grid-cols-8 @lg:grid-cols-4 grid-cols-2">
        {lines(bays).map((bay) => (
          <div key={bay} className="flex h-37 flex-col gap-3 border-border border-r border-b px-3 py-3">
            <Skeleton className="h-3 w-1/2" />
            <Skeleton className="h-4 w-3/4" />
            <Skeleton className="h-1 w-full" />
          </div>
        ))}
      </div>
    </div>
  );
}
