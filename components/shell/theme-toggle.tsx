"use client";

import { Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { Button } from "@/components/ui/button";

/** Light or dark by one press; the palette also has "as the system". CSS picks the icon: the server can't know. */
export function ThemeToggle() {
  const { resolvedTheme, setTheme } = useTheme();
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-label="Switch between light and dark"
      onClick={() => setTheme(resolvedTheme === "dark" ? "light" : "dark")}
    >
      <Sun aria-hidden strokeWidth={1.75} className="dark:hidden" />
      <Moon aria-hidden strokeWidth={1.75} className="hidden dark:block" />
    </Button>
  );
}
