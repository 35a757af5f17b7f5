"use client";

import { X } from "lucide-react";
import * as Primitive from "radix-ui/dialog";
import type { ComponentProps, ReactNode } from "react";
import { Button } from "./button";
import { cn } from "./cn";
import { overlaySurface, scrimStyles } from "./overlay";

export const Dialog = Primitive.Root;
export const DialogTrigger = Primitive.Trigger;
export const DialogClose = Primitive.Close;

/** Centred on wide screens, a sheet from the bottom edge on narrow ones. */
export const dialogPosition = [
  "fixed inset-x-0 bottom-0 max-h-[92dvh] overflow-y-auto rounded-b-none",
  "sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-full sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-lg",
].join(" ");

export interface DialogContentProps extends Omit<ComponentProps<typeof Primitive.Content>, "title"> {
  title: ReactNode;
  description?: ReactNode;
  /** sm 400 px, md 520 px, lg 720 px. */
  width?: "sm" | "md" | "lg";
  /** The title is for assistive technology only and nothing but the content is drawn. */
  bare?: boolean;
  /** Only what the content itself offers closes it: neither Escape, nor a press beside it, nor a cross. */
  locked?: boolean;
}

const stay = (event: Event) => event.preventDefault();

const widths = { sm: "sm:max-w-100", md: "sm:max-w-130", lg: "sm:max-w-180" } as const;

export function DialogContent({
  title,
  description,
  width = "md",
  bare,
  locked,
  className,
  children,
  ...props
}: DialogContentProps) {
  return (
    <Primitive.Portal>
      <Primitive.Overlay className={scrimStyles} />
      <Primitive.Content
        data-slot="dialog-content"
        className={cn(overlaySurface, dialogPosition, widths[width], className)}
        {...(description ? {} : { "aria-describedby": undefined })}
        {...(locked ? { onEscapeKeyDown: stay, onInteractOutside: stay } : {})}
        {...props}
      >
        <div className={bare ? "sr-only" : "flex flex-col gap-1 py-4 pr-14 pl-5 pb-0"}>
          <Primitive.Title className="font-semibold text-base leading-6">{title}</Primitive.Title>
          {description ? (
            <Primitive.Description className="text-muted-foreground text-sm">
              {description}
            </Primitive.Description>
          ) : null}
        </div>
        {children}
        {/* Last, so that opening puts the focus on the first control of the content. */}
        {bare || locked ? null : (
          <Primitive.Close asChild>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label="Close"
              className="absolute top-3.5 right-3 pointer-coarse:top-2.5"
            >
              <X aria-hidden />
            </Button>
          </Primitive.Close>
        )}
      </Primitive.Content>
    </Primitive.Portal>
  );
}

export function DialogBody({ className, ...props }: ComponentProps<"div">) {
  return (
    <div data-slot="dialog-body" className={cn("flex flex-col gap-4 px-5 py-4", className)} {...props} />
  );
}

/** The way out on the left of the action, both at the right edge. */
export function DialogFooter({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      data-slot="dialog-footer"
      className={cn("flex justify-end gap-2 border-border border-t px-5 py-3", className)}
      {...props}
    />
  );
}
