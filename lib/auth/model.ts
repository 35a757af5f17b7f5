import { z } from "zod";
import { noControlCharacters, publicIdPattern } from "@/lib/kernel/id-patterns";

export const roles = ["user", "admin"] as const;
export type Role = (typeof roles)[number];

const username = z
  .string()
  .trim()
  .toLowerCase()
  .min(3, "At least 3 characters.")
  .max(32, "At most 32 characters.")
  .regex(/^[a-z][a-z0-9_-]*$/, "Start with a letter; use a–z, 0–9, - and _.");
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

export const userView = z.strictObject({
  id: z.string().regex(publicIdPattern("usr")),
  username: z.string(),
  email: z.string(),
  role: z.enum(roles),
  canUseInternal: z.boolean(),
  disabled: z.boolean(),
  /** How many sessions may be active at once. */
  maxSessions: z.number().int(),
  createdAt: instant,
});
export type UserView = z.output<typeof userView>;

export const updateUserInput = z
  .strictObject({
    id: z.string().regex(publicIdPattern("usr")),
    role: z.enum(roles).optional(),
    disabled: z.boolean().optional(),
    canUseInternal: z.boolean().optional(),
    maxSessions: z.number().int().min(0).max(1000).optional(),
  })
  .refine((input) => Object.keys(input).length > 1, {
    message: "Name at least one of role, disabled, canUseInternal, maxSessions.",
  });

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
export const sshKeyId = z.string().regex(publicIdPattern("key"));
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
export const apiTokenId = z.string().regex(publicIdPattern("tok"));
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
