import type { ComponentProps } from "react";
import { cn } from "./cn";

export function Label({
  className,
  htmlFor,
  children,
  ...props
}: ComponentProps<"label"> & { htmlFor: string }) {
  return (
    <label
      data-slot="label"
      htmlFor={htmlFor}
      className={cn("font-medium text-sm leading-5", className)}
      {...props}
    >
      {children}
    </label>
  );
}
