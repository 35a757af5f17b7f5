"use client";

import { Check, ChevronDown } from "lucide-react";
import * as Primitive from "radix-ui/select";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn";
import { controlStyles } from "./input";
import { useNonce } from "./nonce";
import { itemStyles, overlaySurface } from "./overlay";

export const Select = Primitive.Root;
export const SelectGroup = Primitive.Group;

export interface SelectTriggerProps extends ComponentProps<typeof Primitive.Trigger> {
  placeholder?: string;
}

export function SelectTrigger({ className, placeholder, children, ...props }: SelectTriggerProps) {
  return (
    <Primitive.Trigger
      data-slot="select-trigger"
      className={cn(
        controlStyles,
        "flex h-8 items-center justify-between gap-2 px-2.5 text-left pointer-coarse:h-10",
        "data-placeholder:text-subtle-foreground [&>span]:truncate",
        className,
      )}
      {...props}
    >
      {children ?? <Primitive.Value placeholder={placeholder} />}
      <Primitive.Icon asChild>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      </Primitive.Icon>
    </Primitive.Trigger>
  );
}

export function SelectContent({ className, children, ...props }: ComponentProps<typeof Primitive.Content>) {
  const nonce = useNonce();
  return (
    <Primitive.Portal>
      <Primitive.Content
        data-slot="select-content"
        position="popper"
        sideOffset={4}
        className={cn(
          overlaySurface,
          "max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) p-1",
          className,
        )}
        {...props}
      >
        <Primitive.Viewport {...(nonce ? { nonce } : {})}>{children}</Primitive.Viewport>
      </Primitive.Content>
    </Primitive.Portal>
  );
}

export interface SelectItemProps extends ComponentProps<typeof Primitive.Item> {
  /** A second line or figure; stays out of the trigger. */
  detail?: ReactNode;
}

export function SelectItem({ className, children, detail, ...props }: SelectItemProps) {
  return (
    <Primitive.Item data-slot="select-item" className={cn(itemStyles, "pr-7", className)} {...props}>
      <Primitive.ItemText>{children}</Primitive.ItemText>
      {detail ? <span className="ml-auto text-muted-foreground text-xs">{detail}</span> : null}
      <Primitive.ItemIndicator className="absolute right-2">
        <Check aria-hidden className="size-3.5" />
      </Primitive.ItemIndicator>
    </Primitive.Item>
  );
}

export function SelectLabel({ className, ...props }: ComponentProps<typeof Primitive.Label>) {
  return (
    <Primitive.Label
      data-slot="select-label"
      className={cn("px-2 py-1 text-muted-foreground text-xs", className)}
      {...props}
    />
  );
}
