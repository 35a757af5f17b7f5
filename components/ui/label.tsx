import { Root } from "radix-ui/label";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export function Label({ className, ...props }: ComponentProps<typeof Root>) {
  return <Root data-slot="label" className={cn("font-medium text-sm leading-5", className)} {...props} />;
}
