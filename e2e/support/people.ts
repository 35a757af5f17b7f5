import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { sshKeyView, userView } from "@/lib/auth/model";
import type { Surface } from "@/lib/kernel/surface";
import { Api } from "./api";
import { change } from "./database";
import { testEnv } from "./env";
import { output } from "./run";

/** Someone with an account, a browser's cookies, and a key pair in a folder of their own. */
export interface Person {
  username: string;
  password: string;
  id: string;
  api: Api;
  /** Holds `id_ed25519`, `id_ed25519.pub` and `known_hosts`. */
  home: string;
}

const password = "correct-horse-battery";

/** A name nobody has: tests share one installation, and a rerun meets the people of the last. */
export function freshName(stem: string): string {
  return `${stem}-${randomBytes(4).toString("hex")}`;
}

/**
 * Empties the buckets that slow guessing down. A test signs up more people from one address in a minute than a lab
 * does in a year; that the throttle bites has a test of its own.
 */
export async function forgetAttempts(): Promise<void> {
  await change("DELETE FROM throttles");
}

/** A key pair made by the real ssh-keygen. @returns the public line */
export async function makeKey(home: string, name = "id_ed25519", type = "ed25519"): Promise<string> {
  const file = join(home, name);
  await output(["ssh-keygen", "-q", "-t", type, "-N", "", "-C", "e2e", "-f", file]);
  return readFileSync(`${file}.pub`, "utf8").trim();
}

let homes: string | undefined;

/** The folder of all homes that this process makes; gone when it ends. */
function homesFolder(): string {
  if (homes !== undefined) return homes;
  const folder = mkdtempSync(join(tmpdir(), "mf-e2e-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  homes = folder;
  return folder;
}

/** An empty folder for someone's keys. */
export function newHome(): string {
  return mkdtempSync(join(homesFolder(), "home-"));
}

/** Logs in with a browser of its own. */
export async function login(username: string, secret: string, surface: Surface = "external"): Promise<Api> {
  await forgetAttempts();
  const api = new Api(undefined, surface);
  await api.call(z.unknown(), "POST", "auth/login", { login: username, password: secret });
  return api;
}

/** Signs up through the API, without a key yet. */
export async function newcomer(stem: string): Promise<Person> {
  await forgetAttempts();
  const username = freshName(stem);
  const account = { username, email: `${username}@example.org`, password };
  const api = new Api();
  const me = await api.call(userView, "POST", "auth/register", account);
  return { username, password, id: me.id, api, home: newHome() };
}

/** Signs up and adds a freshly made key. */
export async function newPerson(stem: string): Promise<Person> {
  const person = await newcomer(stem);
  const publicKey = await makeKey(person.home);
  await person.api.call(sshKeyView, "POST", "me/ssh-keys", { name: "laptop", publicKey });
  return person;
}

/** The installation's first admin. */
export function admin(surface: Surface = "external"): Promise<Api> {
  return login("admin", readFileSync(testEnv().MEDFORGE_TEST_ADMIN_PASSWORD, "utf8").trim(), surface);
}

/** Lets someone use what is internal, or withdraws it. */
export async function grantInternal({ id }: Pick<Person, "id">, canUseInternal = true): Promise<void> {
  await (await admin()).call(userView, "PATCH", `admin/users/${id}`, { canUseInternal });
}
