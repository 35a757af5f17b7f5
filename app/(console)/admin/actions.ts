"use server";

import { createElement, type ReactNode } from "react";
import { z } from "zod";
import { Markdown } from "@/components/competitions/markdown";
import { type ActionResult, runAction } from "@/lib/api/action";
import type {
  BulkUpdateUsersInput,
  BulkUpdateView,
  CreateUserInput,
  LabSettingsView,
  UpdateLabSettingsInput,
  UpdateUserInput,
  UserView,
} from "@/lib/auth/model";
import type { PublishedImport } from "@/lib/competitions/import-model";
import type { InviteInput } from "@/lib/competitions/invite-model";
import {
  type CreateCompetitionInput,
  maxTextLength,
  type UpdateCompetitionInput,
} from "@/lib/competitions/model";
import type { GpuView, UpdateGpuInput } from "@/lib/fleet/model";
import type { CleanupView, WeekView } from "@/lib/schedule/model";
import type { SessionView } from "@/lib/sessions/model";
import type { CreatedMonitorView, CreateMonitorInput } from "@/lib/usage/model";
import { requireAdmin } from "../require-admin";

export async function createUser(input: CreateUserInput): Promise<ActionResult<UserView>> {
  return runAction("admin.users.create", (api) => api.admin.users.create(input));
}

export async function updateUser(input: UpdateUserInput): Promise<ActionResult<UserView>> {
  return runAction("admin.users.update", (api) => api.admin.users.update(input));
}

/** Changes everybody's weekly budget; the page asked first, by a preview. */
export async function changeBudgets(input: BulkUpdateUsersInput): Promise<ActionResult<BulkUpdateView>> {
  return runAction("admin.users.bulkUpdate", (api) => api.admin.users.bulkUpdate(input));
}

export async function updateGpu(input: UpdateGpuInput): Promise<ActionResult<GpuView>> {
  return runAction("admin.gpus.update", (api) => api.admin.gpus.update(input));
}

export async function updateLabSettings(
  input: UpdateLabSettingsInput,
): Promise<ActionResult<LabSettingsView>> {
  return runAction("admin.settings.update", (api) => api.admin.settings.update(input));
}

/** Makes a monitor's token; what comes back holds its secret, for this one time. */
export async function createMonitor(input: CreateMonitorInput): Promise<ActionResult<CreatedMonitorView>> {
  return runAction("admin.monitors.create", (api) => api.admin.monitors.create(input));
}

/** Revokes a monitor's token: its next report is refused. */
export async function removeMonitor(input: { id: string }): Promise<ActionResult<unknown>> {
  return runAction("admin.monitors.remove", (api) => api.admin.monitors.remove(input));
}

/** Closes the bidding on the week that is open; the page asked first. */
export async function advanceWeek(input: { week: string }): Promise<ActionResult<WeekView>> {
  return runAction("admin.weeks.advance", (api) => api.admin.weeks.advance(input));
}

export async function cleanUpWeeks(input: { keep: number }): Promise<ActionResult<CleanupView>> {
  return runAction("admin.weeks.cleanup", (api) => api.admin.weeks.cleanup(input));
}

export async function stopAnySession(input: { slug: string }): Promise<ActionResult<SessionView>> {
  return runAction("admin.sessions.stop", (api) => api.admin.sessions.stop(input));
}

type Named = ActionResult<{ slug: string }>;

export async function updateCompetition(input: UpdateCompetitionInput): Promise<Named> {
  return runAction("admin.competitions.update", (api) => api.admin.competitions.update(input));
}

export async function publishCompetition(input: { slug: string }): Promise<Named> {
  return runAction("admin.competitions.publish", (api) => api.admin.competitions.publish(input));
}

/** Hides it from everybody but administrators; the page asked first. */
export async function withdrawCompetition(input: { slug: string }): Promise<Named> {
  return runAction("admin.competitions.withdraw", (api) => api.admin.competitions.withdraw(input));
}

/** Shows the private split to everybody, for good; the page asked first. */
export async function revealCompetition(input: { slug: string; evaluationId: string }): Promise<Named> {
  return runAction("admin.competitions.reveal", (api) => api.admin.competitions.reveal(input));
}

/** A text as everybody will see it. */
export async function previewMarkdown(text: string): Promise<{ ok: true; shown: ReactNode }> {
  await requireAdmin();
  const { data = "" } = z.string().max(maxTextLength).safeParse(text);
  return { ok: true, shown: createElement(Markdown, null, data) };
}

export async function createCompetition(input: CreateCompetitionInput): Promise<Named> {
  return runAction("admin.competitions.create", (api) => api.admin.competitions.create(input));
}

/** Publishes what an uploaded folder has become, and submits its baseline. */
export async function publishImport(input: { id: string }): Promise<ActionResult<PublishedImport>> {
  return runAction("admin.imports.publish", (api) => api.admin.imports.publish(input));
}

/** Lets what an uploaded folder says otherwise of a published competition take force. */
export async function confirmImport(input: { id: string; widen: boolean }): Promise<Named> {
  return runAction("admin.imports.confirm", (api) => api.admin.imports.confirm(input));
}

export async function inviteToCompetition(input: InviteInput): Promise<Named> {
  return runAction("admin.competitions.invite", (api) => api.admin.competitions.invite(input));
}

export async function uninviteFromCompetition(input: InviteInput): Promise<Named> {
  return runAction("admin.competitions.uninvite", (api) => api.admin.competitions.uninvite(input));
}

export async function rescoreCompetition(input: {
  slug: string;
}): Promise<ActionResult<{ slug: string; queued: number }>> {
  return runAction("admin.competitions.rescore", (api) => api.admin.competitions.rescore(input));
}

export async function retrySubmission(input: { id: string }): Promise<ActionResult<{ id: string }>> {
  return runAction("admin.submissions.retry", (api) => api.admin.submissions.retry(input));
}
