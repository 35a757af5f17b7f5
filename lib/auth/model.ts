import { z } from "zod";
import { pageInput } from "@/lib/kernel/envelope";
import { noControlCharacters } from "@/lib/kernel/id-patterns";
import { publicId } from "@/lib/kernel/id-schemas";
import { amountInput } from "@/lib/kernel/money";

export const roles = ["user", "admin"] as const;
export type Role = (typeof roles)[number];

const username = z
  .string()
  .trim()
  .toLowerCase()
  .min(3, "At least 3 characters.")
  .max(32, "At most 32 characters.")
  .regex(/^[a-z][a-z0-9_-]*$/, "Start with a letter; use a–z, 0–9, - and _.")
  // Whoever reads the audit log or a timeline would take it for the lab itself.
  .refine((name) => name !== "system", "That name is reserved. Choose another.");
const email = z.string().trim().toLowerCase().max(254).pipe(z.email("Not an email address."));
/** Length is what counts (NIST SP 800-63B); the cap keeps argon2id from hashing megabytes. */
const password = z.string().min(10, "At least 10 characters.").max(200, "At most 200 characters.");

export const registerInput = z.strictObject({ username, email, password });
export const loginInput = z.strictObject({
  /** User name or email address. */
  login: z.string().trim().min(1, "Enter your user name or email.").max(254),
  password: z.string().min(1, "Enter your password.").max(200),
});
export const changePasswordInput = z.strictObject({
  currentPassword: z.string().min(1).max(200),
  newPassword: password,
});

const instant = z.iso.datetime();

/** Credits that a week's turn gives; null: the lab's default. */
const weeklyBudget = amountInput.nullable();

/** The longest that anything may run, in minutes: 30 days. */
export const longestDurationMinutes = 60 * 24 * 30;

/** What a person may have at most; null: no limit. */
export const limits = {
  /** How many sessions may be active at once. */
  maxSessions: z.number().int().min(0).max(1000),
  /** GPU time in a week (Saturday to Friday in the lab's zone), in hours by quarters. */
  maxGpuHoursPerWeek: z
    .number()
    .min(0)
    .max(10_000)
    .multipleOf(0.25, "Quarters of an hour: 0.25, 0.5, 0.75, …")
    .nullable(),
  /** Sum of the quotas of their workspaces. */
  maxDiskGb: z.number().int().min(0).max(100_000).nullable(),
  /** How long one session may run. */
  maxDurationMinutes: z.number().int().min(1).max(longestDurationMinutes).nullable(),
} as const;

export const userView = z.strictObject({
  id: publicId("usr"),
  username: z.string(),
  email: z.string(),
  role: z.enum(roles),
  canUseInternal: z.boolean(),
  disabled: z.boolean(),
  ...limits,
  weeklyBudget,
  createdAt: instant,
});
export type UserView = z.output<typeof userView>;

/** An account that an administrator makes for somebody, with a password to hand over. */
export const createUserInput = z.strictObject({
  ...registerInput.shape,
  weeklyBudget: weeklyBudget.optional(),
});
export type CreateUserInput = z.output<typeof createUserInput>;

/** What somebody uses just now. */
const userUse = {
  /** To the second. */
  gpuHoursThisWeek: z.number(),
  /** Their workspaces with all snapshots, as last measured. */
  diskBytes: z.number().int(),
};
export type UserUse = z.output<z.ZodObject<typeof userUse>>;

/** Somebody in the administrators' list. */
export const listedUserView = z.strictObject({ ...userView.shape, ...userUse });
export type ListedUserView = z.output<typeof listedUserView>;

export const updateUserInput = z
  .strictObject({
    id: publicId("usr"),
    role: z.enum(roles).optional(),
    disabled: z.boolean().optional(),
    canUseInternal: z.boolean().optional(),
    /** Credits, those that are held among them. */
    balance: amountInput.optional(),
    /** The same in USD, for GPUs that are booked at a rate in it. */
    dollars: amountInput.optional(),
    ...z.object(limits).partial().shape,
    weeklyBudget: weeklyBudget.optional(),
  })
  .refine((input) => Object.keys(input).length > 1, {
    message: "Name at least one thing to change, such as role, disabled, canUseInternal or maxSessions.",
  });

export type UpdateUserInput = z.output<typeof updateUserInput>;

/** The same for everybody who is not disabled. */
export const bulkUpdateUsersInput = z.strictObject({
  /** Credits by which their weekly budgets change, the lab's default where they have none; none falls below 0. */
  delta: z
    .string()
    .regex(/^-?(0|[1-9]\d{0,5})(\.\d{1,6})?$/, "An amount as text, such as 10 or -2.5: below 1000000.")
    .refine((delta) => /[1-9]/.test(delta), "More or less than 0."),
  /** Only says what would become of them. */
  preview: z.boolean().optional(),
});
export type BulkUpdateUsersInput = z.output<typeof bulkUpdateUsersInput>;

/** What became, or would become, of everybody's budgets. */
export const bulkUpdateView = z.strictObject({
  people: z.number().int(),
  /** How many of them had the lab's default until now: they have a budget of their own from now on. */
  leftDefault: z.number().int(),
  /** By name, whose budget would have fallen below 0, and is 0. */
  cutOff: z.array(z.string()),
});
export type BulkUpdateView = z.output<typeof bulkUpdateView>;

/** Which accounts to list. */
export const userFilter = z.strictObject({
  /** Part of a user name or an email address. */
  q: z.string().trim().max(254).optional(),
  role: z.enum(roles).optional(),
  disabled: z.stringbool().or(z.boolean()).optional(),
});
export type UserFilter = z.output<typeof userFilter>;
export const listUsersInput = pageInput.extend(userFilter.shape);

/** What holds for the whole lab: the limits that new accounts get, and how workspaces are kept. */
export const labSettingsView = z.strictObject({
  defaultMaxSessions: limits.maxSessions,
  defaultMaxGpuHoursPerWeek: limits.maxGpuHoursPerWeek,
  defaultMaxDiskGb: limits.maxDiskGb,
  defaultMaxDurationMinutes: limits.maxDurationMinutes,
  /** A workspace with all its snapshots may hold its quota times this. */
  spaceFactor: z.number().min(1).max(20).multipleOf(0.25, "Quarters: 1, 1.25, 1.5, …"),
  /** Snapshots taken at stops that a workspace keeps. */
  stopSnapshotsKept: z.number().int().min(1).max(10_000),
  /** Credits that a week's turn gives whoever has no budget of their own. */
  defaultWeeklyBudget: amountInput,
  /** How much of the credits that a week leaves over stays. */
  rolloverPercent: z.number().int().min(0).max(100),
  /** Credits given back for a slot that its holder releases: no more than what taking it again costs. */
  releaseRefund: amountInput.refine((amount) => Number(amount) <= 1, "At most 1 credit."),
  /** How long before its first hour a week's bidding closes, of weeks that are opened from then on: up to six days. */
  biddingClosesMinutes: z
    .number()
    .int()
    .min(0)
    .max(6 * 24 * 60),
  /** How many days from today an hour may lie that is booked. */
  reservationAheadDays: z.number().int().min(1).max(90),
  /** Hours of one reservation. */
  reservationMaxHours: z.number().int().min(1).max(168),
  /** Reservations of one person that are not over. */
  reservationMaxOpen: z.number().int().min(1).max(100),
  /** Whether `GET gpu-live-status` tells who is on which GPU to whoever is not signed in; people of the lab always see it. */
  publicGpuNames: z.boolean(),
});
export type LabSettingsView = z.output<typeof labSettingsView>;

export const updateLabSettingsInput = labSettingsView
  .partial()
  .refine((input) => Object.keys(input).length > 0, { message: "Name at least one setting to change." });
export type UpdateLabSettingsInput = z.output<typeof updateLabSettingsInput>;

const keyName = z
  .string()
  .trim()
  .min(1, "Give it a name.")
  .max(64, "At most 64 characters.")
  .regex(noControlCharacters, "Leave out control characters.");

export const addSshKeyInput = z.strictObject({
  name: keyName,
  publicKey: z.string().trim().min(1).max(16_384),
});
export const sshKeyId = publicId("key");
export const sshKeyView = z.strictObject({
  id: sshKeyId,
  name: z.string(),
  /** e.g. `ssh-ed25519` */
  type: z.string(),
  bits: z.number().int(),
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  fingerprint: z.string(),
  createdAt: instant,
});
export type SshKeyView = z.output<typeof sshKeyView>;

export const createApiTokenInput = z.strictObject({ name: keyName, expiresAt: instant.optional() });
export const apiTokenId = publicId("tok");
export const apiTokenView = z.strictObject({
  id: apiTokenId,
  name: z.string(),
  /** First characters, to tell tokens apart. */
  hint: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
});
export type ApiTokenView = z.output<typeof apiTokenView>;

/** A token just made: the one time its secret is shown. */
export const createdApiTokenView = z.strictObject({
  ...apiTokenView.shape,
  /** `mf_…`, to be sent as `Authorization: Bearer mf_…`. */
  token: z.string(),
});
export type CreatedApiTokenView = z.output<typeof createdApiTokenView>;

/** A program that tells who is on the GPUs of one host. It is nobody: it acts for no person. */
export interface Monitor {
  readonly tokenId: number;
  readonly publicId: string;
  readonly nodeId: number;
}

/** Who acts. Every list query and every command takes one. */
export interface Actor {
  readonly userId: number;
  readonly publicId: string;
  readonly username: string;
  readonly role: Role;
  readonly canUseInternal: boolean;
  readonly maxSessions: number;
  /** A bearer token can't manage tokens, SSH keys or passwords. */
  readonly via: "login" | "token";
}
