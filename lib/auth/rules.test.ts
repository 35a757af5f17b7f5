import { describe, expect, it } from "vitest";
import type { Actor } from "./model";
import { can, type Verb, verbs } from "./rules";

const user: Actor = {
  userId: 1,
  publicId: "usr_aaaaaaaaaaaaaaaa",
  username: "ada",
  role: "user",
  canUseInternal: false,
  maxSessions: 2,
  via: "login",
};
const admin: Actor = { ...user, userId: 2, username: "root", role: "admin" };
const own = { ownerId: 1 };

describe("can", () => {
  it("gives nobody anything", () => {
    expect(verbs.filter((verb) => can(null, verb, own))).toEqual([]);
  });

  it("gives an unknown role and an unknown verb nothing", () => {
    const stranger = { ...user, role: "owner" } as unknown as Actor;
    expect(verbs.filter((verb) => can(stranger, verb, own))).toEqual([]);
    for (const verb of ["toString", "session.explode", ""]) expect(can(admin, verb as Verb, own)).toBe(false);
  });

  it.each<[Verb, { own: boolean; others: boolean; adminOnOthers: boolean }]>([
    ["account.read", { own: true, others: false, adminOnOthers: false }],
    ["account.manage", { own: true, others: false, adminOnOthers: false }],
    ["user.list", { own: false, others: false, adminOnOthers: true }],
    ["user.create", { own: false, others: false, adminOnOthers: true }],
    ["user.update", { own: false, others: false, adminOnOthers: true }],
    ["records.export", { own: false, others: false, adminOnOthers: true }],
    ["fleet.read", { own: true, others: true, adminOnOthers: true }],
    ["fleet.inspect", { own: false, others: false, adminOnOthers: true }],
    ["internal.use", { own: false, others: false, adminOnOthers: false }],
    ["workspace.create", { own: true, others: true, adminOnOthers: true }],
    ["workspace.read", { own: true, others: false, adminOnOthers: false }],
    ["workspace.change", { own: true, others: false, adminOnOthers: false }],
    ["session.launch", { own: true, others: true, adminOnOthers: true }],
    ["session.read", { own: true, others: false, adminOnOthers: true }],
    ["session.stop", { own: true, others: false, adminOnOthers: true }],
    ["notice.read", { own: true, others: false, adminOnOthers: false }],
    ["notice.mark", { own: true, others: false, adminOnOthers: false }],
    ["competition.manage", { own: false, others: false, adminOnOthers: true }],
    ["submission.create", { own: true, others: true, adminOnOthers: true }],
    ["submission.read", { own: true, others: false, adminOnOthers: true }],
    ["scoring.inspect", { own: false, others: false, adminOnOthers: true }],
    ["schedule.spend", { own: true, others: false, adminOnOthers: false }],
    ["reservation.read", { own: true, others: false, adminOnOthers: true }],
    ["reservation.cancel", { own: true, others: false, adminOnOthers: true }],
  ])("%s", (verb, expected) => {
    expect({
      own: can(user, verb, own),
      others: can(user, verb, { ownerId: 99 }),
      adminOnOthers: can(admin, verb, { ownerId: 99 }),
    }).toEqual(expected);
  });

  it("lets whoever has the grant use what is internal, whatever their role", () => {
    expect(can({ ...user, canUseInternal: true }, "internal.use")).toBe(true);
    expect(can({ ...user, canUseInternal: true, via: "token" }, "internal.use")).toBe(true);
    expect(can(admin, "internal.use")).toBe(false);
  });

  it("lets no token manage the account", () => {
    expect(can({ ...user, via: "token" }, "account.manage", own)).toBe(false);
    expect(can({ ...admin, via: "token" }, "account.manage", { ownerId: 2 })).toBe(false);
  });

  it("lets a token make accounts and no administrators", () => {
    const byToken = { ...admin, via: "token" } as const;
    expect([can(admin, "user.create"), can(byToken, "user.create"), can(user, "user.create")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([can(admin, "user.promote"), can(byToken, "user.promote"), can(user, "user.promote")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("takes a thing without owner for nobody's", () => {
    expect(can(user, "workspace.read")).toBe(false);
  });
});
