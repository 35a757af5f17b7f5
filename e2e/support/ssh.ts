import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionView } from "@/lib/sessions/model";
import type { Person } from "./people";
import { type Ended, outcome, type RunOptions } from "./run";

/** A login on this host takes a fraction of a second; a session that can't be reached must fail soon, in s. */
const connectSeconds = 10;
const firstContact = /^Warning: Permanently added '[^']+' \(ED25519\) to the list of known hosts\.\r?\n/;

export interface SshOptions extends RunOptions {
  /** Private key, when not the person's own. */
  identity?: string;
  /** Believes no key at the first contact. */
  strict?: boolean;
}

function knows(file: string, alias: string): boolean {
  return existsSync(file) && readFileSync(file, "utf8").includes(`${alias} `);
}

/** The session's own ssh command, with this person's key and known_hosts in place of those of the machine. */
export function sshArgv(person: Person, session: SessionView, options: SshOptions = {}): string[] {
  const [program = "", ...rest] = session.ssh.command.split(" ");
  const knownHosts = join(person.home, "known_hosts");
  // The first contact learns the key, as a person who answers "yes"; from then on another key is an alarm.
  const strict = options.strict || knows(knownHosts, `mf-${session.workspace.id}`) ? "yes" : "accept-new";
  return [
    program,
    ...["-F", "none", "-i", options.identity ?? join(person.home, "id_ed25519")],
    ...["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", `ConnectTimeout=${connectSeconds}`],
    ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", `StrictHostKeyChecking=${strict}`],
    ...rest,
  ];
}

/** Runs a command line in the session's login shell and hands back how it ended. */
export function trySsh(
  person: Person,
  session: SessionView,
  command: string,
  options: SshOptions = {},
): Promise<Ended> {
  return outcome([...sshArgv(person, session, options), command], options);
}

/**
 * Runs a command line in the session. Anything ssh has to say but the first contact's note counts as an alarm.
 * @returns standard output
 * @throws Error when the login or the command fails, or on any warning
 */
export async function ssh(
  person: Person,
  session: SessionView,
  command: string,
  options: SshOptions = {},
): Promise<string> {
  const ended = await trySsh(person, session, command, options);
  const said = ended.stderr.replace(firstContact, "");
  if (ended.code !== 0 || said !== "") {
    throw new Error(
      `ssh to ${session.slug} ("${command}"): exit ${ended.code}: ${ended.stderr}${ended.stdout}`,
    );
  }
  return ended.stdout;
}
