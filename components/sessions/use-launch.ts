"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useRef, useState, useTransition } from "react";
import { takeSlots } from "@/app/(console)/schedule/actions";
import { launchSession, planStart } from "@/app/(console)/sessions/actions";
import { addSshKey } from "@/app/(console)/settings/actions";
import { keyComment } from "@/components/account/private-key";
import { called } from "@/components/forms/called";
import type { ShownProblem } from "@/components/forms/problem-notice";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { SlotInput } from "@/lib/schedule/model";
import { type LaunchChoice, launchInputOf, withoutGpu } from "./launch-choice";

/** `/home#launch` ends on the Launch button, from any page. */
const launchHash = "#launch";

/** The key's own comment as its name, as `ssh-keygen` wrote it. */
function keyNameOf(publicKey: string): string {
  return keyComment(publicKey).slice(0, 64).trim() || "My computer";
}

/** What is done once there is a key: launch as chosen, in an hour that is taken first, or by itself in one to come. */
type Wish = { readonly kind: "now" } | { readonly kind: "take" | "plan"; readonly slot: SlotInput };

/** What the launch form does; without a key it asks for one first. */
export function useLaunch(choice: LaunchChoice, longestMinutes: number | null, hadKey: boolean) {
  const [busy, start] = useTransition();
  const [hasKey, setHasKey] = useState(hadKey);
  const [wish, setWish] = useState<Wish | null>(null);
  const [publicKey, setPublicKey] = useState("");
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const { takeButton, focusButton } = useLaunchButton();
  const fulfil = useFulfil(choice, longestMinutes);

  const stopAsking = () => {
    focusButton();
    setWish(null);
  };
  const run = async (wanted: Wish) => {
    setProblem(null);
    if (!hasKey) {
      const added = await called(() => addSshKey({ name: keyNameOf(publicKey), publicKey }));
      if (!added.ok) return setProblem(added.problem);
      setHasKey(true);
      stopAsking();
    }
    const done = await called(() => fulfil(wanted));
    if (!done.ok) setProblem(done.problem);
  };
  const ask = (wanted: Wish) => {
    if (busy) return;
    if (!hasKey && wish === null) {
      setProblem(null);
      return setWish(wanted);
    }
    start(() => run(wanted));
  };
  return {
    busy,
    problem,
    hasKey,
    askingForKey: wish !== null,
    publicKey,
    setPublicKey,
    cancelKey: () => {
      setProblem(null);
      stopAsking();
    },
    /** While a key is asked for, what it was asked for. */
    submit: (event: FormEvent) => {
      event.preventDefault();
      ask(wish ?? { kind: "now" });
    },
    takeAndLaunch: (slot: SlotInput) => ask({ kind: "take", slot }),
    plan: (slot: SlotInput) => ask({ kind: "plan", slot }),
    takeButton,
  };
}

/** The Launch button takes the focus when a link leads to it, and when the key's form gives way to it. */
function useLaunchButton() {
  const button = useRef<HTMLButtonElement>(null);
  const focusNext = useRef(false);
  useEffect(() => {
    const focusLaunch = () => window.location.hash === launchHash && button.current?.focus();
    focusLaunch();
    window.addEventListener("hashchange", focusLaunch);
    return () => window.removeEventListener("hashchange", focusLaunch);
  }, []);
  return {
    takeButton: (element: HTMLButtonElement | null) => {
      button.current = element;
      if (!element || !focusNext.current) return;
      focusNext.current = false;
      element.focus();
    },
    focusButton: () => {
      focusNext.current = true;
    },
  };
}

type Done = { readonly ok: true } | { readonly ok: false; readonly problem: ShownProblem };

function useFulfil(choice: LaunchChoice, longestMinutes: number | null) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const launch = async (input: Parameters<typeof launchSession>[0]): Promise<Done> => {
    const launched = await launchSession(input);
    if (launched.ok) router.push(`/sessions/${launched.data.slug}`);
    return launched;
  };
  const again = (...keys: readonly (readonly unknown[])[]) =>
    Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  return async (wish: Wish): Promise<Done> => {
    if (wish.kind === "now") return launch(launchInputOf(choice, longestMinutes));
    const { slot } = wish;
    if (wish.kind === "plan") {
      const planned = await planStart({ ...slot, ...withoutGpu(choice, longestMinutes) });
      await again(api.plannedStarts.key());
      if (planned.ok) toast.success("A session starts by itself then");
      return planned;
    }
    const taken = await takeSlots({ slots: [slot] });
    // Whatever comes of the launch, the hour is there on this page.
    await again(api.schedule.key(), api.gpus.key());
    if (!taken.ok) return taken;
    return launch({ ...withoutGpu(choice, longestMinutes), gpuId: slot.gpuId });
  };
}
