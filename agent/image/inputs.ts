import { createHash } from "node:crypto";

/** Everything that decides the session image's content; the tag is a hash of this, so a change makes a new image. */
export const imageInputs = {
  suite: "bookworm",
  /** On top of debootstrap's minbase. */
  packages: [
    "ca-certificates",
    "curl",
    "git",
    "iproute2",
    "less",
    "nano",
    "openssh-server",
    "procps",
    "python3-minimal",
    "python3-pip",
    "python3-venv",
    "rsync",
    "tini",
    "tmux",
  ],
  /** The one login user; its home is the workspace. */
  user: { name: "mf", uid: 1000, home: "/workspace" },
  /** Mount points of the agent's and the GPU hook's binds. */
  folders: ["/etc/medforge", "/workspace", "/usr/lib/medforge"],
  emptyExecutables: ["/usr/bin/nvidia-smi"],
  /** Documentation, caches and translations that no session needs; copyright files stay. */
  removed: [
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "usr/share/lintian",
    "var/cache/apt",
    "var/lib/apt/lists",
  ],
  files: {
    /*
     * tini is PID 1 and starts this. sshd can't be replaced by exec: on SIGTERM every process of the session shall hear
     * of it and have the grace period, not just sshd. `env` undoes what the shell does to a background command's
     * interrupt signals; without it Ctrl-C would be dead in every login.
     */
    "/usr/lib/medforge/session-init": `#!/bin/sh
mkdir -p -m 0755 /run/sshd
env --default-signal=INT,QUIT /usr/sbin/sshd -D -e -f /etc/medforge/sshd_config &
sshd=$!
stop() {
  trap '' TERM
  kill -TERM -1
  # Two entries are left when only PID 1 and this shell are.
  while set -- /proc/[0-9]*; [ $# -gt 2 ]; do sleep 0.05; done
  exit 0
}
trap stop TERM
wait "$sshd"
`,
    "/etc/profile.d/medforge.sh": `umask 022
[ -n "$MEDFORGE_SESSION" ] && PS1='\\u@$MEDFORGE_SESSION:\\w\\$ '
`,
  },
  entrypoint: ["/usr/bin/tini", "--", "/usr/lib/medforge/session-init"],
} as const;

/** `medforge/session-base:<hash of the inputs>`, the same in every engine and on every host. */
export const sessionBaseImage = `medforge/session-base:${createHash("sha256")
  .update(JSON.stringify(imageInputs))
  .digest("hex")
  .slice(0, 16)}`;
