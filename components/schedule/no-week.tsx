import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";

/** Before the worker has laid out the first weeks. */
export function NoWeek() {
  return (
    <>
      <PageHeader title="GPU time" description="Hours of GPUs, bid on a week ahead." />
      <Panel inset="flush" aria-label="Week">
        <EmptyState title="No week is laid out yet">
          The lab's worker lays them out when it starts. If this stays, tell an administrator.
        </EmptyState>
      </Panel>
    </>
  );
}
