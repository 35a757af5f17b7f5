import Link from "next/link";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";

/** Of an address that names no week, or days beyond those that can be booked: nothing here belongs to anybody. */
export default function ScheduleNotFound() {
  return (
    <>
      <PageHeader title="GPU time" />
      <Panel inset="flush">
        <EmptyState
          title="There is no such week"
          action={
            <Button asChild>
              <Link href="/schedule">GPU time</Link>
            </Button>
          }
        >
          Weeks are named by their Saturday, such as 2026-12-05. It may not be laid out yet, or be cleaned up.
        </EmptyState>
      </Panel>
    </>
  );
}
