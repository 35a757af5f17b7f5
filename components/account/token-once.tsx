"use client";

import { OwnCaNote, useLabCurl } from "@/components/surface/lab-curl";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { DialogBody, DialogClose, DialogFooter } from "@/components/ui/dialog";

export interface TokenOnceProps {
  token: string;
  labUrl: string;
  example?: ((token: string) => string) | undefined;
}

function whoAmI(labUrl: string, curl: string): (token: string) => string {
  const { origin } = new URL(labUrl);
  return (token) => `${curl} -H "Authorization: Bearer ${token}" ${origin}/api/v2/me`;
}

/** A token's secret, for the one time that it is shown, and a request that shows it works. */
export function TokenOnce({ token, labUrl, example }: TokenOnceProps) {
  const curl = useLabCurl();
  const command = example ?? whoAmI(labUrl, curl);
  return (
    <>
      <DialogBody>
        <CodeBlock code={token} label="API token" wrap />
        <div className="flex flex-col gap-1.5">
          <p className="text-muted-foreground text-sm">Try it:</p>
          <CodeBlock code={command(token)} label="curl example" wrap />
          <OwnCaNote />
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
