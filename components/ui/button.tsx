import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui/slot";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export const buttonStyles = cva(
  [
    "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium",
    "select-none transition-colors duration-100 focus-ring",
    "disabled:pointer-events-none disabled:opacity-50 aria-busy:pointer-events-none aria-busy:opacity-70",
    "[&_svg]:pointer-events-none [&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
  ],
  {
    variants: {
      variant: {
        primary: "bg-primary text-primary-foreground hover:bg-primary-hover",
        secondary: "border border-border-strong bg-surface text-foreground hover:bg-accent",
        ghost: "text-muted-foreground hover:bg-accent hover:text-foreground",
        danger: "bg-danger text-danger-foreground hover:bg-danger-hover",
        "danger-outline":
          "border border-border-strong bg-surface text-bad hover:border-bad hover:bg-bad-surface",
        link: "text-link underline-offset-4 hover:underline",
      },
      size: {
        sm: "h-7 px-2.5 text-sm pointer-coarse:h-9",
        md: "h-8 px-3 text-sm pointer-coarse:h-10",
        lg: "h-10 px-4 text-base",
        icon: "size-8 pointer-coarse:size-10",
        "icon-sm": "size-7 pointer-coarse:size-9",
      },
    },
    compoundVariants: [{ variant: "link", class: "h-auto px-0 pointer-coarse:h-auto" }],
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonStyles> {
  /** Gives the look to the one child, e.g. a Link. */
  asChild?: boolean;
  /** Work is under way: stays focusable and in place, ignores presses, is announced as busy. */
  busy?: boolean;
}

/** One primary per view; `type` is "button" unless said, so that none submits a form by accident. */
export function Button({ className, variant, size, asChild, busy, type, onClick, ...props }: ButtonProps) {
  const Component = asChild ? Slot : "button";
  return (
    <Component
      data-slot="button"
      className={cn(buttonStyles({ variant, size }), className)}
      {...(asChild ? {} : { type: type ?? "button" })}
      {...(busy ? { "aria-busy": true, "aria-disabled": true } : {})}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...props}
    />
  );
}
