import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { DialogBody, DialogClose, DialogFooter } from "@/components/ui/dialog";

/** A token's secret, for the one time that it is shown, and a request that shows it works. */
export function TokenOnce({ token, labUrl }: { token: string; labUrl: string }) {
  const { origin } = new URL(labUrl);
  return (
    <>
      <DialogBody>
        <CodeBlock code={token} label="API token" wrap />
        <div className="flex flex-col gap-1.5">
          <p className="text-muted-foreground text-sm">Try it:</p>
          <CodeBlock
            code={`curl -H "Authorization: Bearer ${token}" ${origin}/api/v2/me`}
            label="curl example"
            wrap
          />
        </div>
      </DialogBody>
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="primary">I have stored it</Button>
        </DialogClose>
      </DialogFooter>
    </>
  );
}
