import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";

/** In place of the pages of whoever was never let onto the internal surface. */
export function NoGrant({ username, externalUrl }: { username: string; externalUrl: string }) {
  return (
    <>
      <PageHeader title="Not open to you yet" />
      <Panel inset="flush">
        <EmptyState
          title="This is the lab's internal side"
          action={
            <Button asChild>
              <a href={externalUrl}>Go to the external side</a>
            </Button>
          }
        >
          <p>
            Sessions here run on the same GPUs but have no way to the internet, so that data which must stay
            inside does. Workspaces of one side can't be used on the other.
          </p>
          <p className="mt-2">
            An administrator decides who may use it, under Users. Ask one to allow{" "}
            <strong className="font-medium text-foreground">{username}</strong>; this page opens by itself
            then.
          </p>
        </EmptyState>
      </Panel>
    </>
  );
}

/** Above the pages of whoever has things here, and may begin nothing more. */
export function GrantWithdrawn() {
  return (
    <Notice tone="warn" title="You may no longer begin anything on the internal side" className="mb-4">
      What runs here goes on, and you can use, stop and delete it. Launching, new workspaces, snapshots and
      restores need an administrator to allow it again.
    </Notice>
  );
}
