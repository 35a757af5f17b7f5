"use client";

import { useEffect, useMemo, useState } from "react";
import { outbidNames, stillOutbid, unseenIn } from "./outbid-seen";
import type { Week } from "./week";

const none: ReadonlySet<string> = new Set();

function kept(key: string): ReadonlySet<string> {
  try {
    const names: unknown = JSON.parse(window.localStorage.getItem(key) ?? "[]");
    return new Set(Array.isArray(names) ? names.filter((name) => typeof name === "string") : []);
  } catch {
    // A browser that keeps nothing, or something else under this name: nothing has been looked at.
    return none;
  }
}

function keep(key: string, names: ReadonlySet<string>): void {
  try {
    if (names.size === 0) window.localStorage.removeItem(key);
    else window.localStorage.setItem(key, JSON.stringify([...names]));
  } catch {
    // Then it is told again the next time.
  }
}

/** Slots where the reader was outbid and has not said that they saw it; kept in the browser, by person and week. */
export function useOutbidSeen(week: Week, username: string) {
  const key = `medforge-outbid-seen:${username}:${week.view.week}`;
  // Null until the browser was asked: the server doesn't know, and the first look is to be the same.
  const [seen, setSeen] = useState<ReadonlySet<string> | null>(null);
  useEffect(() => setSeen(kept(key)), [key]);
  useEffect(() => {
    if (seen === null) return;
    const stays = stillOutbid(week, seen);
    keep(key, stays);
    setSeen(stays);
  }, [key, week, seen]);
  const unseen = useMemo(() => (seen === null ? [] : unseenIn(week, seen)), [week, seen]);
  return { unseen, markSeen: () => setSeen(new Set(outbidNames(week))) };
}
