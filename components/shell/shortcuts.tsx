"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { noticePanelId } from "@/components/notices/panel";
import { goTo } from "./go-to";
import { loadKeyList, loadPalette, preloadPalette } from "./lazy-panels";
import { placesFor } from "./navigation";
import { currentPanel, showPanel, subscribePanel } from "./panels";
import { singleKeysOn } from "./single-keys";
import type { Viewer } from "./viewer";

const CommandPalette = dynamic(loadPalette);
const KeyList = dynamic(loadKeyList);

/** The second key of `g` then … counts if it comes this soon. */
const chordMs = 1_200;

/** Listens for the shell's keys and holds its two dialogs, whose code is loaded on first use. */
export function Shortcuts({ viewer }: { viewer: Viewer }) {
  const panel = useSyncExternalStore(subscribePanel, currentPanel, () => null);
  const [keysUsed, setKeysUsed] = useState(false);
  useKeys(viewer);
  if (panel === "keys" && !keysUsed) setKeysUsed(true);
  return (
    // A boundary of their own: while their code comes, the page stays as it is.
    <Suspense fallback={null}>
      {/* Gone at once: one that fades out would still hear the Escape that is meant for what it opened. */}
      {panel === "palette" ? <CommandPalette viewer={viewer} /> : null}
      {keysUsed ? <KeyList open={panel === "keys"} viewer={viewer} /> : null}
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
      const place = placesFor(viewer).find(({ key }) => key === event.key);
      if (place) router.push(place.href);
    };
    const onKey = (event: KeyboardEvent) => {
      const command = event.metaKey || event.ctrlKey;
      // The first half of ⌘K: the palette's code comes while the second is pressed.
      if (event.key === "Meta" || event.key === "Control") preloadPalette();
      if (command && event.key.toLowerCase() === "k") {
        event.preventDefault();
        showPanel(currentPanel() === "palette" ? null : "palette");
      } else if (!command && !event.altKey && arePlainKeysOurs(event)) {
        onPlainKey(event);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [router, viewer]);
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
  else goTo(router, "/home", "#launch");
}

/** By its button, so that closing gives the focus back to it. */
function toggleNotices(): void {
  const button = document.querySelector<HTMLElement>(`[popovertarget="${noticePanelId}"]`);
  button?.focus();
  button?.click();
}

/** What lies over the page; wherever the focus is, keys are for it. */
const overlays = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox], [popover]:popover-open";

/** Keys belong to whatever takes text, and to an open dialog or menu; also to a dialog whose code is on its way. */
function arePlainKeysOurs({ target, key }: KeyboardEvent): boolean {
  if (!singleKeysOn() || currentPanel() !== null) return false;
  const over = document.querySelector(overlays);
  // The notices' own key also closes them.
  if (over !== null && !(key === "n" && over.id === noticePanelId)) return false;
  if (!(target instanceof HTMLElement)) return true;
  return !target.isContentEditable && target.closest("input, textarea, select") === null;
}
