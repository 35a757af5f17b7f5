import Link from "next/link";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";

/** Gone, never there, or another's: which of them is nobody's business. */
export default function ConsoleNotFound() {
  return (
    <>
      <PageHeader title="Not found" />
      <Panel inset="flush">
        <EmptyState
          title="There is nothing of yours at this address"
          action={
            <Button asChild>
              <Link href="/home">Home</Link>
            </Button>
          }
        >
          It may have been deleted, belong to somebody else, or the address may have been cut short.
        </EmptyState>
      </Panel>
    </>
  );
}
