"use client";

import { useFormStatus } from "react-dom";
import { Button, type ButtonProps } from "@/components/ui/button";

/** The form's one primary action; busy while its server action runs. */
export function SubmitButton({ variant = "primary", ...props }: ButtonProps) {
  const { pending } = useFormStatus();
  return <Button type="submit" variant={variant} busy={pending} {...props} />;
}
