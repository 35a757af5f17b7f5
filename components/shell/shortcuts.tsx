"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { noticePanelId } from "@/components/notices/panel";
import { placesFor } from "./navigation";
import { currentPanel, showPanel, subscribePanel } from "./panels";
import type { Viewer } from "./viewer";

const CommandPalette = dynamic(() => import("./command-palette").then((module) => module.CommandPalette));
const KeyList = dynamic(() => import("./key-list").then((module) => module.KeyList));

/** The second key of `g` then … counts if it comes this soon. */
const chordMs = 1_200;

/** Listens for the shell's keys and holds its two dialogs, whose code is loaded on first use. */
export function Shortcuts({ viewer }: { viewer: Viewer }) {
  const panel = useSyncExternalStore(subscribePanel, currentPanel, () => null);
  const [used, setUsed] = useState<ReadonlySet<string>>(new Set());
  useKeys(viewer);
  useEffect(() => {
    if (panel) setUsed((before) => (before.has(panel) ? before : new Set([...before, panel])));
  }, [panel]);
  return (
    // A boundary of their own: while their code comes, the page stays as it is.
    <Suspense fallback={null}>
      {used.has("palette") ? <CommandPalette open={panel === "palette"} viewer={viewer} /> : null}
      {used.has("keys") ? <KeyList open={panel === "keys"} viewer={viewer} /> : null}
    </Suspense>
  );
}

function useKeys(viewer: Viewer): void {
  const router = useRouter();
  const chordUntil = useRef(0);
  useEffect(() => {
    const onPlainKey = (event: KeyboardEvent) => {
      const chord = event.timeStamp < chordUntil.current;
      chordUntil.current = !chord && event.key === "g" ? event.timeStamp + chordMs : 0;
      if (event.key === "?") showPanel("keys");
      if (!chord) return actOn(event.key, router);
      const place = placesFor(viewer.role).find(({ key }) => key === event.key);
      if (place) router.push(place.href);
    };
    const onKey = (event: KeyboardEvent) => {
      const command = event.metaKey || event.ctrlKey;
      if (command && event.key.toLowerCase() === "k") {
        event.preventDefault();
        showPanel(currentPanel() === "palette" ? null : "palette");
      } else if (!command && !event.altKey && !isTyping(event.target)) {
        onPlainKey(event);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [router, viewer.role]);
}

/** The keys that act by themselves. */
function actOn(key: string, router: ReturnType<typeof useRouter>): void {
  if (key === "l") goToLaunch(router);
  if (key === "n") toggleNotices();
}

/** To the Launch button: on its own page at once, from any other by way of it. */
function goToLaunch(router: ReturnType<typeof useRouter>): void {
  const button = document.querySelector<HTMLElement>("[data-launch]");
  if (button) button.focus();
  else router.push("/home#launch");
}

/** By its button, so that closing gives the focus back to it. */
function toggleNotices(): void {
  const button = document.querySelector<HTMLElement>(`[popovertarget="${noticePanelId}"]`);
  button?.focus();
  button?.click();
}

/** Keys belong to whatever takes text, and to an open dialog or menu. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input, textarea, select, [role=dialog], [role=menu], [role=listbox]") !== null
  );
}
