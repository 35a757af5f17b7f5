import { z } from "zod";
import { auditEntryView, listAuditInput } from "@/lib/audit/model";
import { envelope, listEnvelope, ok } from "@/lib/kernel/envelope";
import { listAudit } from "./audit-log";
import { changePassword, login, logout, register } from "./commands/accounts";
import { createApiToken, revokeApiToken } from "./commands/api-tokens";
import { changeBudgets } from "./commands/budgets";
import { createUser } from "./commands/create-user";
import { addSshKey, removeSshKey } from "./commands/ssh-keys";
import { updateUser } from "./commands/users";
import { getLabSettings, updateLabSettings } from "./lab-settings";
import {
  addSshKeyInput,
  apiTokenId,
  apiTokenView,
  bulkUpdateUsersInput,
  bulkUpdateView,
  changePasswordInput,
  createApiTokenInput,
  createdApiTokenView,
  createUserInput,
  labSettingsView,
  listedUserView,
  listUsersInput,
  loginInput,
  registerInput,
  sshKeyId,
  sshKeyView,
  type UserUse,
  updateLabSettingsInput,
  updateUserInput,
  userView,
} from "./model";
import type { AuthPorts, ListingPorts } from "./ports";
import { adminProcedure, interactiveProcedure, publicProcedure, userProcedure } from "./procedure";
import { getMe, listApiTokens, listSshKeys, listUsers } from "./queries";

const nothing = envelope(z.strictObject({}));
const nothingUsed: UserUse = { gpuHoursThisWeek: 0, diskBytes: 0 };

/** Accounts, keys and tokens as procedures. */
export function authProcedures(ports: AuthPorts & ListingPorts) {
  return {
    auth: accountProcedures,
    me: {
      get: userProcedure
        .route({ method: "GET", path: "/me", tags: ["Account"], summary: "Your account" })
        .output(envelope(userView))
        .handler(async ({ context }) => ok(await getMe(context.db, context.actor))),
      changePassword: interactiveProcedure
        .route({ method: "POST", path: "/me/password", tags: ["Account"], summary: "Change your password" })
        .input(changePasswordInput)
        .output(nothing)
        .handler(async ({ context, input }) => {
          await changePassword(context, context.actor, input);
          return ok({});
        }),
      sshKeys: sshKeyProcedures(ports),
      apiTokens: apiTokenProcedures,
    },
    adminUsers: adminUserProcedures(ports),
    adminSettings: adminSettingsProcedures,
    adminAudit: adminAuditProcedures,
  };
}

const accountProcedures = {
  register: publicProcedure
    .route({
      method: "POST",
      path: "/auth/register",
      successStatus: 201,
      tags: ["Account"],
      summary: "Make an account and sign in",
    })
    .input(registerInput)
    .output(envelope(userView))
    .handler(async ({ context, input }) => ok(await register(context, input))),
  login: publicProcedure
    .route({ method: "POST", path: "/auth/login", tags: ["Account"], summary: "Sign in: sets a cookie" })
    .input(loginInput)
    .output(envelope(userView))
    .handler(async ({ context, input }) => ok(await login(context, input))),
  logout: publicProcedure
    .route({ method: "POST", path: "/auth/logout", tags: ["Account"], summary: "Sign out" })
    .output(nothing)
    .handler(async ({ context }) => {
      await logout(context);
      return ok({});
    }),
};

function sshKeyProcedures(ports: AuthPorts) {
  return {
    list: userProcedure
      .route({ method: "GET", path: "/me/ssh-keys", tags: ["Account"], summary: "Your SSH keys" })
      .output(listEnvelope(sshKeyView))
      .handler(async ({ context }) => ({
        data: await listSshKeys(context.db, context.actor),
        meta: { nextCursor: null },
      })),
    add: interactiveProcedure
      .route({
        method: "POST",
        path: "/me/ssh-keys",
        successStatus: 201,
        tags: ["Account"],
        summary: "Add an SSH public key",
      })
      .input(addSshKeyInput)
      .output(envelope(sshKeyView))
      .handler(async ({ context, input }) => {
        const key = await addSshKey(context, ports, context.actor, input);
        context.wake();
        return ok(key);
      }),
    remove: interactiveProcedure
      .route({ method: "DELETE", path: "/me/ssh-keys/{id}", tags: ["Account"], summary: "Remove an SSH key" })
      .input(z.strictObject({ id: sshKeyId }))
      .output(nothing)
      .handler(async ({ context, input }) => {
        await removeSshKey(context, ports, context.actor, input.id);
        context.wake();
        return ok({});
      }),
  };
}

const apiTokenProcedures = {
  list: userProcedure
    .route({ method: "GET", path: "/me/api-tokens", tags: ["Account"], summary: "Your API tokens" })
    .output(listEnvelope(apiTokenView))
    .handler(async ({ context }) => ({
      data: await listApiTokens(context.db, context.actor),
      meta: { nextCursor: null },
    })),
  create: interactiveProcedure
    .route({
      method: "POST",
      path: "/me/api-tokens",
      successStatus: 201,
      tags: ["Account"],
      summary: "Make an API token; its secret is shown this once",
    })
    .input(createApiTokenInput)
    .output(envelope(createdApiTokenView))
    .handler(async ({ context, input }) => ok(await createApiToken(context, context.actor, input))),
  remove: interactiveProcedure
    .route({
      method: "DELETE",
      path: "/me/api-tokens/{id}",
      tags: ["Account"],
      summary: "Revoke an API token",
    })
    .input(z.strictObject({ id: apiTokenId }))
    .output(nothing)
    .handler(async ({ context, input }) => {
      await revokeApiToken(context, context.actor, input.id);
      return ok({});
    }),
};

function adminUserProcedures(ports: AuthPorts & ListingPorts) {
  return {
    list: adminProcedure
      .route({ method: "GET", path: "/admin/users", tags: ["Admin"], summary: "Everybody with an account" })
      .input(listUsersInput)
      .output(listEnvelope(listedUserView))
      .handler(async ({ context, input }) => {
        const { db, actor, settings } = context;
        const { rows, nextCursor } = await listUsers(db, actor, input);
        const ids = rows.map(({ id }) => id);
        const uses = await ports.usesOf(db, settings.zone, ids);
        const data = rows.map((user) => ({ ...user, ...(uses.get(user.id) ?? nothingUsed) }));
        return { data, meta: { nextCursor } };
      }),
    create: adminCreateProcedure,
    bulkUpdate: adminBudgetProcedure,
    update: adminProcedure
      .route({
        method: "PATCH",
        path: "/admin/users/{id}",
        tags: ["Admin"],
        summary:
          "Change a user's role, limits, standing, credits or grant for what is internal; a role needs a login",
      })
      .input(updateUserInput)
      .output(envelope(userView))
      .handler(async ({ context, input }) => {
        const user = await updateUser(context, ports, context.actor, input);
        context.wake();
        return ok(user);
      }),
  };
}

const adminCreateProcedure = adminProcedure
  .route({
    method: "POST",
    path: "/admin/users",
    successStatus: 201,
    tags: ["Admin"],
    summary: "Make an account for somebody; the password is theirs to change",
  })
  .input(createUserInput)
  .output(envelope(userView))
  .handler(async ({ context, input }) => {
    const user = await createUser(context, context.actor, input);
    context.wake();
    return ok(user);
  });

const adminBudgetProcedure = adminProcedure
  .route({
    method: "POST",
    path: "/admin/users/bulk-update",
    tags: ["Admin"],
    summary:
      "Change everybody's weekly budget by so many credits, also of those who had the lab's default, or say what that would do",
  })
  .input(bulkUpdateUsersInput)
  .output(envelope(bulkUpdateView))
  .handler(async ({ context, input }) => ok(await changeBudgets(context, context.actor, input)));

const adminSettingsProcedures = {
  get: adminProcedure
    .route({
      method: "GET",
      path: "/admin/settings",
      tags: ["Admin"],
      summary: "What holds for the whole lab",
    })
    .output(envelope(labSettingsView))
    .handler(async ({ context }) => ok(await getLabSettings(context.db, context.actor))),
  update: adminProcedure
    .route({
      method: "PATCH",
      path: "/admin/settings",
      tags: ["Admin"],
      summary: "Change new accounts' limits, or how workspaces are kept",
    })
    .input(updateLabSettingsInput)
    .output(envelope(labSettingsView))
    .handler(async ({ context, input }) => ok(await updateLabSettings(context, context.actor, input))),
};

const adminAuditProcedures = {
  list: adminProcedure
    .route({ method: "GET", path: "/admin/audit", tags: ["Admin"], summary: "Who did what, newest first" })
    .input(listAuditInput)
    .output(listEnvelope(auditEntryView))
    .handler(async ({ context, input }) => {
      const { rows, nextCursor } = await listAudit(context.db, context.actor, input);
      return { data: rows, meta: { nextCursor } };
    }),
};
