import type { ScorerRequest } from "@/lib/competitions/scorer-protocol";

/** Whom a job runs as: may read the store, and is nobody else's. */
export interface JobUser {
  readonly uid: number;
  readonly gid: number;
}

export interface FenceOptions {
  /** The child's program, as one file of JavaScript. */
  readonly program: string;
  /** The folder of submissions and evaluations. */
  readonly store: string;
  readonly user: JobUser;
  /** What `prlimit` is told of the child. */
  readonly limits: readonly string[];
  /** Of Node, before the program. */
  readonly flags: readonly string[];
}

/** Where a job finds what it is to score. */
export const fenced = { evaluation: "/evaluation", submissions: "/submissions" } as const;

/**
 * Process 1 of a job's namespaces: builds a root that has the system's programs, Node and the child's program, all to be
 * read only, gives up everything else, and starts the child there as its own user. On its standard input comes a line
 * that names evaluation and submissions: these alone are shown to the child, which gets the rest of the input.
 *
 * The child's end ends what it may have started: this process kills it, and the kernel does once this one is gone. It
 * stays root's, so that the child can't cut its tie to the service, which a process can of itself (PR_SET_PDEATHSIG).
 */
const script = `
set -eu
umask 022
node=$1 program=$2 store=$3
shift 3
# A place that every system has, and where nothing lies that is shown.
mount -t tmpfs -o mode=755,size=1m,nosuid,nodev tmpfs /sys
cd /sys
mkdir dev evaluation proc submissions usr
mkdir -m 700 old store
mkdir store/evaluations store/submissions
: >node >dev/null
: >program.mjs
for name in bin sbin lib lib32 lib64; do
  if [ -L "/$name" ]; then cp -P "/$name" .
  elif [ -d "/$name" ]; then mkdir "$name"; mount -o bind,ro "/$name" "$name"
  fi
done
mount -o bind,ro /usr usr
mount -o bind /dev/null dev/null
mount -o bind,ro "$node" node
mount -o bind,ro "$program" program.mjs
mount -o bind,ro "$store/evaluations" store/evaluations
mount -o bind,ro "$store/submissions" store/submissions
mount -t proc -o nosuid,nodev,noexec proc proc
# Copies of the host's mounts would keep them busy there.
pivot_root . old
cd /
umount -l /old
rmdir /old
# System V objects are memory that no process's bound knows of.
for limit in shmmni msgmni; do echo 0 >"/proc/sys/kernel/$limit"; done
echo 0 0 0 0 >/proc/sys/kernel/sem
mount -o remount,bind,ro /proc
unset OLDPWD PWD
# What the shell itself says of signals is no word of the job's.
exec 4>&2 2>/dev/null
{
  exec 2>&4
  read -r evaluation submissions
  mount -o bind,ro "/store/evaluations/$evaluation" /evaluation
  for name in $submissions; do
    : >"/submissions/$name"
    mount -o bind,ro "/store/submissions/\${name%"\${name#??}"}/$name" "/submissions/$name"
  done
  exec cat
} | {
  code=0
  (exec "$@" 2>&4 4>&-) || code=$?
  kill -KILL -1 || :
  exit "$code"
}
exit "$?"
`;

/** A child in namespaces of its own: of processes, mounts, network, System V objects. The caller has to be root. */
export function fencedArgv({ program, store, user, limits, flags }: FenceOptions): string[] {
  return [
    // Ends with the service, whatever ends that.
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...["unshare", "--pid", "--mount", "--net", "--ipc", "--fork", "--kill-child", "--"],
    ...["sh", "-c", script, "sh", process.execPath, program, store],
    ...["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups", "--no-new-privs"],
    ...["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--"],
    ...["prlimit", ...limits, "--"],
    ...["/node", ...flags, "/program.mjs"],
  ];
}

/** What of the store a request is about, as the fence's first line. The request's patterns leave no way out of it. */
export function shownFor(request: ScorerRequest): string {
  return [request.evaluation, ...("submission" in request ? [request.submission] : [])].join(" ");
}
