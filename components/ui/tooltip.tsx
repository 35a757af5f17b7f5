"use client";

import * as Primitive from "radix-ui/tooltip";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn";

export const TooltipProvider = Primitive.Provider;

export interface TooltipProps extends Omit<ComponentProps<typeof Primitive.Content>, "content"> {
  /** Adds to what is on the page; never the only place where something is said. */
  content: ReactNode;
  /** One focusable element. */
  children: ReactNode;
}

export function Tooltip({ content, children, className, sideOffset = 6, ...props }: TooltipProps) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          data-slot="tooltip"
          sideOffset={sideOffset}
          collisionPadding={8}
          className={cn(
            "z-50 max-w-72 rounded-md bg-tooltip px-2 py-1 text-tooltip-foreground text-xs shadow-overlay",
            "data-[state=delayed-open]:animate-fade-in",
            className,
          )}
          {...props}
        >
          {content}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
