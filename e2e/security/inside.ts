import { networkInterfaces } from "node:os";
import { expect } from "vitest";
import type { SessionView } from "@/lib/sessions/model";
import { testEnv } from "../support/env";
import { containerName, docker } from "../support/host";
import type { Person } from "../support/people";
import { type Listener, reachableFrom, reachableFromHost, type Target } from "../support/probe";
import { ssh, trySsh } from "../support/ssh";
import type { Trial } from "./trial";

/** Somebody hostile in a session of their own, and what else is on the host. */
export interface InsideCast {
  attacker: Person;
  session: SessionView;
  /** Another person's sessions, of either exposure. */
  others: readonly SessionView[];
  /** A program of the host that listens on every address. */
  listener: Listener;
}

type InsideTrial = Trial<InsideCast>;

/** A command that must fail with these words. */
function fails(tried: string, command: string, refused: string): InsideTrial {
  return {
    tried,
    refused,
    async run({ attacker, session }) {
      const { code, stdout } = await trySsh(attacker, session, `(${command}) </dev/null 2>&1`);
      expect(stdout).toContain(refused);
      expect(code).not.toBe(0);
    },
  };
}

/** A command that must succeed and print exactly this. */
function prints(tried: string, refused: string, command: string, text: string): InsideTrial {
  return {
    tried,
    refused,
    async run({ attacker, session }) {
      expect(await ssh(attacker, session, command)).toBe(text === "" ? "" : `${text}\n`);
    },
  };
}

/** A system call without arguments worth the name: what is refused is refused before they are looked at. */
function systemCall(name: string, numbers: { x64: number; arm64: number }): InsideTrial {
  const program = [
    "import ctypes, os, platform, sys",
    `number = ${numbers.arm64} if platform.machine() == 'aarch64' else ${numbers.x64}`,
    "libc = ctypes.CDLL(None, use_errno=True)",
    "result = libc.syscall(number, 0, 0, 0, 0, 0)",
    "print(os.strerror(ctypes.get_errno()))",
    "sys.exit(result != 0)",
  ];
  return fails(`calls ${name}`, `python3 - <<'END'\n${program.join("\n")}\nEND\n`, "Operation not permitted");
}

async function addressOf(session: SessionView): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  return (await docker("inspect", "--format", format, containerName(session.slug))).trim();
}

/** The host's addresses, bridges' gateways and the private network behind it included. */
function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

const everyHostAddress = (what: string, port: number): Target[] =>
  hostAddresses().map((address) => ({ what: `${what} on ${address}`, address, port }));

/** TCP connections that the host itself can make and the session must not. */
function unreachable(
  tried: string,
  refused: string,
  targetsOf: (cast: InsideCast) => Promise<Target[]> | Target[],
): InsideTrial {
  return {
    tried,
    refused,
    async run(cast) {
      const targets = await targetsOf(cast);
      // The control: there is something to reach.
      expect(await reachableFromHost(targets)).toEqual(targets.map(({ what }) => what));
      expect(await reachableFrom(cast.attacker, cast.session, targets)).toEqual([]);
    },
  };
}

const mounts: InsideTrial[] = [
  fails("mounts a file system", "mount -t tmpfs none /mnt", "must be superuser"),
  fails("binds its root over another folder", "mount --bind / /mnt", "must be superuser"),
  fails("makes its mounts spread to the host", "mount --make-rshared /", "must be superuser"),
  prints(
    "looks for a mount that spreads to or from the host",
    "none does",
    "grep -E ' (shared|master):[0-9]+ ' /proc/self/mountinfo | wc -l",
    "0",
  ),
  fails("writes to the system", "touch /usr/bin/planted", "Read-only file system"),
  fails("adds a key past the console", "echo x >> /etc/medforge/authorized_keys", "Read-only file system"),
  fails("reads the workspace's SSH host key", "cat /etc/medforge/ssh_host_ed25519_key", "Permission denied"),
];

const capabilities: InsideTrial[] = [
  prints(
    "looks for a capability",
    "it has none",
    "awk '/^Cap(Inh|Prm|Eff|Amb):/ {print $2}' /proc/self/status | sort -u",
    "0000000000000000",
  ),
  prints(
    "runs a set-user-id program of its own",
    "runs as the same user: no new privileges, nosuid",
    "cp /usr/bin/id /workspace/id && chmod 4755 /workspace/id && /workspace/id -u && rm /workspace/id",
    "1000",
  ),
  fails("becomes root with su", "su -c id", "su: "),
  fails("becomes root of a user namespace", "unshare --user --map-root-user true", "Operation not permitted"),
  fails("enters the namespaces of PID 1", "nsenter --target 1 --mount true", "Permission denied"),
  systemCall("bpf", { x64: 321, arm64: 280 }),
  systemCall("perf_event_open", { x64: 298, arm64: 241 }),
  systemCall("open_by_handle_at", { x64: 304, arm64: 265 }),
  systemCall("add_key", { x64: 248, arm64: 217 }),
  systemCall("init_module", { x64: 175, arm64: 105 }),
  systemCall("kexec_load", { x64: 246, arm64: 104 }),
];

/** What every container has, in the order of ls. NVIDIA's own are the session's GPU. */
const usualDevices =
  "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero".split(" ");

const devices: InsideTrial[] = [
  fails("makes a device node of the host's disk", "mknod /workspace/disk b 8 0", "Operation not permitted"),
  prints(
    "looks for devices of the host",
    "the usual ones alone",
    "ls /dev | grep -v ^nvidia",
    usualDevices.join("\n"),
  ),
  {
    tried: "asks for every GPU with NVIDIA_VISIBLE_DEVICES=all",
    refused: "sees its own alone",
    async run({ attacker, session }) {
      const query = "nvidia-smi --query-gpu=uuid --format=csv,noheader";
      const command = `NVIDIA_VISIBLE_DEVICES=all ${query}; env -i PATH="$PATH" NVIDIA_VISIBLE_DEVICES=all ${query}`;
      expect(await ssh(attacker, session, command)).toBe(`${session.gpu.uuid}\n`.repeat(2));
    },
  },
];

const kernel: InsideTrial[] = [
  fails(
    "names a program for the host to run at a core dump",
    "echo '|/workspace/x' > /proc/sys/kernel/core_pattern",
    "Read-only file system",
  ),
  // Help, which would do no harm.
  fails("presses the magic SysRq key", "echo h > /proc/sysrq-trigger", "Read-only file system"),
  prints("reads the kernel's memory", "it is empty", "head -c 1 /proc/kcore | wc -c", "0"),
  fails("reads the kernel's log", "dmesg", "Operation not permitted"),
  fails("makes a control group", "mkdir /sys/fs/cgroup/escape", "Read-only file system"),
  fails("reads the environment of PID 1", "tr '\\0' '\\n' < /proc/1/environ", "Permission denied"),
  fails("traces PID 1", "head -c 1 /proc/1/mem", "Permission denied"),
  prints(
    "looks for the host's and other sessions' processes",
    "sees its own alone",
    "ps -eo args= | grep -cE '[d]ockerd|[m]ariadbd|[a]gent.mjs|[w]orker.mjs' || true",
    "0",
  ),
];

const sockets: InsideTrial[] = [
  prints(
    "looks for a socket of Docker, the agent or anybody in the file system",
    "there is none",
    "find / -type s -not -path '/proc/*' 2>/dev/null | wc -l",
    "0",
  ),
  prints(
    "looks for abstract sockets",
    "there is none",
    "awk 'NR > 1 && $8 ~ /^@/' /proc/net/unix | wc -l",
    "0",
  ),
];

const network: InsideTrial[] = [
  unreachable("connects to another session by its container's address", "no answer", async ({ others }) =>
    Promise.all(
      others.map(async (other) => ({
        what: `sshd of ${other.slug}`,
        address: await addressOf(other),
        port: 22,
      })),
    ),
  ),
  unreachable(
    "connects to another session's SSH port on each of the host's addresses",
    "no answer",
    ({ others }) => others.flatMap((other) => everyHostAddress(`port of ${other.slug}`, other.ssh.port)),
  ),
  unreachable("connects to a program of the host, by gateway and other addresses", "no answer", (cast) =>
    everyHostAddress("a listener", cast.listener.port),
  ),
  unreachable("connects to the console", "no answer", () =>
    everyHostAddress("the console", Number(new URL(testEnv().MEDFORGE_TEST_URL).port)),
  ),
  unreachable("asks for the cloud's metadata", "no answer", () => [
    { what: "metadata", address: "169.254.169.254", port: 80 },
  ]),
  unreachable("connects to private networks behind the host", "no answer", () => [
    { what: "10.0.0.0/8", address: "10.99.0.1", port: 80 },
    { what: "192.168.0.0/16", address: "192.168.99.1", port: 80 },
  ]),
  {
    tried: "asks Docker's resolver who else is there",
    refused: "Permission denied",
    async run({ attacker, session, others }) {
      const names = others.map(({ slug }) => containerName(slug));
      const program = [
        "import socket",
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        ...names.map((name) => {
          const question = `b"mf\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + bytes([${name.length}]) + b"${name}\\0\\0\\1\\0\\1"`;
          return `try: s.sendto(${question}, ("127.0.0.11", 53)); print("asked")\nexcept OSError as e: print(e.strerror)`;
        }),
      ];
      const told = await ssh(attacker, session, "python3 -", { stdin: `${program.join("\n")}\n` });
      expect(told).toBe("Permission denied\n".repeat(names.length));
    },
  },
  prints(
    "looks for an IPv6 address",
    "there is none",
    "grep -v ' lo$' /proc/net/if_inet6 2>/dev/null | wc -l",
    "0",
  ),
  fails(
    "takes another address on its network",
    "ip address add 172.30.0.250/24 dev eth0",
    "Operation not permitted",
  ),
  fails(
    "reads and forges frames",
    "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
    "Operation not permitted",
  ),
];

export const insideTrials: readonly InsideTrial[] = [
  ...mounts,
  ...capabilities,
  ...devices,
  ...kernel,
  ...sockets,
  ...network,
];

/** What an internal session must not reach either. */
export const internalTrials: readonly InsideTrial[] = [
  unreachable("connects to the internet, from an internal session", "no answer", () => [
    { what: "internet", address: "203.0.113.1", port: 80 },
  ]),
  prints(
    "resolves a name, from an internal session",
    "no resolver answers",
    "getent hosts example.org || echo unresolved",
    "unresolved",
  ),
];
