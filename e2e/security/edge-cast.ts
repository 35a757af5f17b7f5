import { Api } from "../support/api";
import { testEnv } from "../support/env";
import type { Person } from "../support/people";
import type { Trial } from "./trial";

/** Two people with accounts, one of whom is after the other. */
export interface EdgeCast {
  ana: Person;
  eve: Person;
}

export type EdgeTrial = Trial<EdgeCast>;

export const loginCookie = "__Host-medforge_login";
export const evil = "https://evil.example";
export const wrongPassword = "not-the-password";

export const statusOf = async (api: Api, path = "me") => (await api.send("GET", path)).status;
export const withCookie = (cookie: string) => new Api().raw("GET", "me", undefined, { cookie });

export function tryLogin(name: string, password = wrongPassword, headers: Record<string, string> = {}) {
  return new Api().raw("POST", "auth/login", JSON.stringify({ login: name, password }), headers);
}

/** The external address, as a request's Host has it. */
export const host = () => new URL(testEnv().MEDFORGE_TEST_URL).host;
