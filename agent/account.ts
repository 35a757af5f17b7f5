import { run } from "./run";

export interface Account {
  uid: number;
  gid: number;
}

/** A system user by name. @throws Error when there is none, or it is root. */
export async function accountOf(user: string): Promise<Account> {
  const { code, stdout } = await run(["getent", "passwd", user]);
  const [uid, gid] = stdout.split(":").slice(2, 4).map(Number);
  if (code !== 0 || uid === undefined || gid === undefined) {
    throw new Error(`The system user ${user} does not exist: run ./medforge up`);
  }
  if (uid === 0 || gid === 0) throw new Error(`The user ${user} has root's rights: name one that has none`);
  return { uid, gid };
}

/** The command as that user, with nothing of root's left and no way back. */
export function asAccount({ uid, gid }: Account, argv: readonly string[]): string[] {
  return [
    ...["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--no-new-privs"],
    ...["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--"],
    ...argv,
  ];
}
