"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { LoadFailure } from "@/components/live/load-failure";
import { CopyButton } from "@/components/ui/copy-button";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { logLines, sampleSeconds } from "@/lib/telemetry/rules";

/** The end of the container's log, i.e. of its sshd: who tried to log in, and why a start failed. */
export function LogPanel({ slug, active }: { slug: string; active: boolean }) {
  const { data, error, refetch } = useQuery(
    api.sessions.log.queryOptions({
      input: { slug },
      refetchInterval: active ? sampleSeconds * 1_000 : false,
    }),
  );
  const text = data?.data.text ?? null;
  return (
    <Panel
      title="Log"
      description={`The last ${logLines} lines of the session's container, its SSH server's above all`}
      actions={text ? <CopyButton text={text} label="Copy the log" /> : null}
    >
      {data ? (
        <Text text={text} active={active} />
      ) : error ? (
        <LoadFailure what="The log" error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton className="h-32" />
      )}
    </Panel>
  );
}

function Text({ text, active }: { text: string | null; active: boolean }) {
  const box = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new text is what there is to scroll to
  useEffect(() => {
    const element = box.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [text]);
  if (!text) {
    return (
      <p className="text-muted-foreground text-sm">
        {active ? "Nothing yet; it is looked at every 10 s." : "No log was kept."}
      </p>
    );
  }
  return (
    <section
      ref={box}
      aria-label="Log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which must be possible by key
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < 4;
      }}
      className="focus-ring max-h-80 overflow-auto rounded-md border border-border bg-sunken p-3"
    >
      <pre className="whitespace-pre-wrap break-all font-mono text-xs leading-5">{text}</pre>
    </section>
  );
}
