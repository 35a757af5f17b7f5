import type { Metadata } from "next";
import Link from "next/link";
import { PlainFrame } from "@/components/errors/plain-frame";
import { Button } from "@/components/ui/button";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <PlainFrame
      title="There is no page at this address"
      actions={
        <Button asChild>
          <Link href="/home">Home</Link>
        </Button>
      }
    >
      <p>The address may have been cut short, or the page moved.</p>
    </PlainFrame>
  );
}
