"use client";

import { Command } from "cmdk";
import { ArrowLeftRight, Monitor, Moon, Sun } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { type ReactNode, useSyncExternalStore, useTransition } from "react";
import { flushSync } from "react-dom";
import { useReturnFocus } from "@/components/forms/return-focus";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { itemStyles } from "@/components/ui/overlay";
import { placesFor } from "./navigation";
import { currentPageCommands, subscribePageCommands } from "./page-commands";
import { paletteVerbsFor } from "./palette-verbs";
import { showPanel } from "./panels";
import { useOtherSurface } from "./use-other-surface";
import type { Viewer } from "./viewer";

const themeChoices = [
  { value: "system", label: "As the system", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
] as const;

/** ⌘K: every page, every verb of the shell, and what the open page offers. */
export function CommandPalette({ viewer }: { viewer: Viewer }) {
  const router = useRouter();
  const { setTheme } = useTheme();
  const offered = useSyncExternalStore(subscribePageCommands, currentPageCommands, currentPageCommands);
  const [, start] = useTransition();
  const focus = useReturnFocus();
  const choose = (act: () => void | Promise<void>) => () => {
    // Gone first, or it would take back the focus that the act gives away.
    flushSync(() => showPanel(null));
    start(act);
  };
  return (
    <Dialog open onOpenChange={(next) => showPanel(next ? "palette" : null)}>
      <DialogContent title="Go to or do" bare className="sm:top-[16vh] sm:translate-y-0" {...focus}>
        <Command label="Go to or do" loop>
          <Command.Input
            placeholder="A page or a command"
            className="h-11 w-full border-border border-b bg-transparent px-5 text-base outline-none placeholder:text-subtle-foreground"
          />
          <Command.List className="max-h-80 scroll-py-1 overflow-y-auto p-1">
            <Command.Empty className="px-4 py-6 text-muted-foreground text-sm">
              Nothing by that name. Press ? outside this box for the list of keys.
            </Command.Empty>
            {offered.length > 0 ? (
              <Group heading="This page">
                {offered.map(({ id, label, icon: Icon, run }) => (
                  <Item key={id} value={`${label} ${id}`} onSelect={choose(run)}>
                    {Icon ? <Icon aria-hidden strokeWidth={1.75} /> : null}
                    {label}
                  </Item>
                ))}
              </Group>
            ) : null}
            <GoTo viewer={viewer} choose={choose} />
            <Group heading="Do">
              {paletteVerbsFor(viewer).map(({ label, icon: Icon, run }) => (
                <Item key={label} value={label} onSelect={choose(() => run(router))}>
                  <Icon aria-hidden strokeWidth={1.75} />
                  {label}
                </Item>
              ))}
            </Group>
            <Group heading="Theme">
              {themeChoices.map(({ value, label, icon: Icon }) => (
                <Item key={value} value={`Theme ${label}`} onSelect={choose(() => setTheme(value))}>
                  <Icon aria-hidden strokeWidth={1.75} />
                  {label}
                </Item>
              ))}
            </Group>
          </Command.List>
        </Command>
      </DialogContent>
    </Dialog>
  );
}

/** Every place, with its keys, and the lab's other address. */
function GoTo({ viewer, choose }: { viewer: Viewer; choose: (act: () => void) => () => void }) {
  const router = useRouter();
  const other = useOtherSurface(viewer);
  return (
    <Group heading="Go to">
      {placesFor(viewer).map(({ href, label, icon: Icon, key }) => (
        <Item key={href} value={`Go to ${label}`} onSelect={choose(() => router.push(href))}>
          <Icon aria-hidden strokeWidth={1.75} />
          {label}
          <span aria-hidden className="ml-auto flex gap-1">
            <Kbd>g</Kbd>
            <Kbd>{key}</Kbd>
          </span>
        </Item>
      ))}
      {other ? (
        <Item value={other.label} onSelect={choose(() => window.location.assign(other.url))}>
          <ArrowLeftRight aria-hidden strokeWidth={1.75} />
          {other.label}
        </Item>
      ) : null}
    </Group>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-muted-foreground [&_[cmdk-group-heading]]:text-xs"
    >
      {children}
    </Command.Group>
  );
}

function Item({ value, onSelect, children }: { value: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item value={value} onSelect={onSelect} className={itemStyles}>
      {children}
    </Command.Item>
  );
}
