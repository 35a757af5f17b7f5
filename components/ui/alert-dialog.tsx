"use client";

import * as Primitive from "radix-ui/alert-dialog";
import type { ComponentProps, ReactNode } from "react";
import { Button, type ButtonProps } from "./button";
import { cn } from "./cn";
import { dialogPosition } from "./dialog";
import { overlaySurface, scrimStyles } from "./overlay";

export const AlertDialog = Primitive.Root;

export interface AlertDialogContentProps extends Omit<ComponentProps<typeof Primitive.Content>, "title"> {
  /** The question, naming the thing: "Stop session k3x7q2ab?" */
  title: ReactNode;
  /** What happens and whether it can be undone. */
  description: ReactNode;
}

/** Asks before what can't be undone. Put AlertDialogCancel and AlertDialogAction in an AlertDialogFooter. */
export function AlertDialogContent({
  title,
  description,
  className,
  children,
  ...props
}: AlertDialogContentProps) {
  return (
    <Primitive.Portal>
      <Primitive.Overlay className={scrimStyles} />
      <Primitive.Content
        data-slot="alert-dialog-content"
        className={cn(overlaySurface, dialogPosition, "sm:max-w-110", className)}
        {...props}
      >
        <div className="flex flex-col gap-1.5 px-5 py-4">
          <Primitive.Title className="font-semibold text-base leading-6">{title}</Primitive.Title>
          <Primitive.Description asChild>
            <div className="text-muted-foreground text-sm">{description}</div>
          </Primitive.Description>
        </div>
        {children}
      </Primitive.Content>
    </Primitive.Portal>
  );
}

export function AlertDialogFooter({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      data-slot="alert-dialog-footer"
      className={cn("flex justify-end gap-2 border-border border-t px-5 py-3", className)}
      {...props}
    />
  );
}

export function AlertDialogCancel({ children = "Cancel", ...props }: ButtonProps) {
  return (
    <Primitive.Cancel asChild>
      <Button {...props}>{children}</Button>
    </Primitive.Cancel>
  );
}

/** Closes on press; to stay open while work is under way, `event.preventDefault()` and close it yourself. */
export function AlertDialogAction({ variant = "danger", ...props }: ButtonProps) {
  return (
    <Primitive.Action asChild>
      <Button variant={variant} {...props} />
    </Primitive.Action>
  );
}
