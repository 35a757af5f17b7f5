import { chmodSync, chownSync, existsSync, rmSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { expect } from "vitest";
import type { SessionView } from "@/lib/sessions/model";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { containerName, docker, processes } from "../support/host";
import { stepMs } from "../support/lab";
import type { Person } from "../support/people";
import { type Listener, reachableFrom, reachableFromHost, type Target } from "../support/probe";
import { output } from "../support/run";
import { ssh, trySsh } from "../support/ssh";
import type { Trial } from "./trial";

/** The test world's stand-in for the internet. */
const internet: Target = { what: "the internet", address: "203.0.113.1", port: 80 };

/** Another person and their session. */
export interface Neighbour {
  person: Person;
  session: SessionView;
}

/** Somebody hostile in a session of their own, and what else is on the host. */
export interface InsideCast {
  attacker: Person;
  session: SessionView;
  /** In a session of the other exposure. */
  neighbour: Neighbour;
  /** A program of the host that listens on every address. */
  listener: Listener;
}

type InsideTrial = Trial<InsideCast>;

/** A command that must fail with these words, or with what `pattern` says where more than one layer may refuse first. */
function fails(tried: string, command: string, refused: string, pattern?: RegExp): InsideTrial {
  return {
    tried,
    refused,
    async run({ attacker, session }) {
      const { code, stdout } = await trySsh(attacker, session, `(${command}) </dev/null 2>&1`);
      expect(stdout).toMatch(pattern ?? new RegExp(refused));
      expect(code).not.toBe(0);
    },
  };
}

/** A trial with a file that not every kernel has: where the host has none, the session must have none either. */
function whereItIs(path: string, trial: InsideTrial): InsideTrial {
  return {
    tried: trial.tried,
    refused: `${trial.refused}; not there where the kernel has none`,
    async run(cast) {
      if (existsSync(path)) return trial.run(cast);
      const { stdout } = await trySsh(cast.attacker, cast.session, `LC_ALL=C stat ${path} 2>&1`);
      expect(stdout).toContain("No such file or directory");
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

/** A program for `python3 -`, as a command line. */
const python = (...lines: string[]) => `python3 - <<'END'\n${lines.join("\n")}\nEND\n`;

/** A call into the kernel that must fail, made by a program of the attacker's own: a tool might refuse by itself. */
function calls(tried: string, expression: string): InsideTrial {
  const program = python(
    "import ctypes, os, platform, sys",
    "arm = platform.machine() == 'aarch64'",
    "libc = ctypes.CDLL(None, use_errno=True)",
    `result = ${expression}`,
    "print(os.strerror(ctypes.get_errno()))",
    "sys.exit(result != 0)",
  );
  return fails(tried, program, "Operation not permitted");
}

/** A system call without arguments worth the name: what is refused is refused before they are looked at. */
function systemCall(name: string, { x64, arm64 }: { x64: number; arm64: number }): InsideTrial {
  return calls(`calls ${name}`, `libc.syscall(${arm64} if arm else ${x64}, 0, 0, 0, 0, 0)`);
}

/** The container's first process, as the host numbers it. */
async function firstProcess({ slug }: SessionView): Promise<string> {
  return (await docker("inspect", "--format", "{{.State.Pid}}", containerName(slug))).trim();
}

/** A command in the session as its user, begun from the host: bound by everything but the ban on new privileges. */
async function unbanned(session: SessionView, argv: readonly string[], stdin = ""): Promise<string> {
  const namespaces = ["--target", await firstProcess(session), "--user", "--mount", "--pid"];
  return output(["nsenter", ...namespaces, "--setuid", "1000", "--setgid", "1000", "--", ...argv], { stdin });
}

/** Starts su, which is root's and set-user-id, and prints as whom it runs while it waits for a password. */
const effectiveUserOfSu = [
  "import subprocess",
  "su = subprocess.Popen(['su'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)",
  "assert su.stdout.read(1) == b'P'",
  "print(next(line for line in open(f'/proc/{su.pid}/status') if line.startswith('Uid:')).split()[2])",
  "su.stdin.close()",
  "su.wait()",
];

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

/** What the session itself can always reach, so that silence of the rest is not the prober's. */
const ownSshd: Target = { what: "its own sshd", address: "127.0.0.1", port: 22 };

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
      expect(targets).not.toEqual([]);
      expect(await reachableFromHost(targets)).toEqual(targets.map(({ what }) => what));
      const reached = await reachableFrom(cast.attacker, cast.session, [ownSshd, ...targets]);
      expect(reached).toEqual([ownSshd.what]);
    },
  };
}

/** What a command prints in the attacker's session, which in the neighbour's must print something else. */
function differs(tried: string, refused: string, command: string, here: string, there: string): InsideTrial {
  return {
    tried,
    refused,
    async run({ attacker, session, neighbour }) {
      expect(await ssh(neighbour.person, neighbour.session, command)).toBe(`${there}\n`);
      expect(await ssh(attacker, session, command)).toBe(`${here}\n`);
    },
  };
}

const mounts: InsideTrial[] = [
  calls("mounts a file system", "libc.mount(b'none', b'/mnt', b'tmpfs', 0, None)"),
  calls("binds its root over another folder", "libc.mount(b'/', b'/mnt', None, 0x1000, None)"),
  calls("makes its mounts spread to the host", "libc.mount(None, b'/', None, 0x104000, None)"),
  calls("mounts its root anew to write to it", "libc.mount(None, b'/', None, 0x1020, None)"),
  prints(
    "looks for a mount that spreads to the host",
    "none does",
    // Docker's root hears of what the host mounts there ("master"), which leads nowhere from inside.
    `awk '$5 == "/workspace" {print "own"} / shared:[0-9]+ / {print}' /proc/self/mountinfo`,
    "own",
  ),
  fails("writes to the system", "touch /usr/bin/planted", "Read-only file system"),
  fails("adds a key past the console", "echo x >> /etc/medforge/authorized_keys", "Permission denied"),
  fails("reads the workspace's SSH host key", "cat /etc/medforge/ssh_host_ed25519_key", "Permission denied"),
  fails("reads the system's passwords", "cat /etc/shadow", "Permission denied"),
];

const capabilities: InsideTrial[] = [
  prints(
    "looks for a capability",
    "it has none",
    "awk '/^Cap(Inh|Prm|Eff|Amb):/ {print $2}' /proc/self/status | sort -u",
    "0000000000000000",
  ),
  {
    tried: "runs a set-user-id program of root's that somebody put into the workspace",
    refused: "runs as the same user: nosuid, also without the ban on new privileges",
    async run({ attacker, session }) {
      await ssh(attacker, session, "cp /usr/bin/id /workspace/planted");
      const pid = await firstProcess(session);
      const planted = `/proc/${pid}/root/workspace/planted`;
      const { uid, gid } = statSync(`/proc/${pid}`);
      chownSync(planted, uid, gid);
      chmodSync(planted, 0o4755);
      expect(await ssh(attacker, session, "stat -c '%u %a' /workspace/planted")).toBe("0 4755\n");
      expect(await ssh(attacker, session, "/workspace/planted -u")).toBe("1000\n");
      expect(await unbanned(session, ["/workspace/planted", "-u"])).toBe("1000\n");
      rmSync(planted);
    },
  },
  {
    tried: "runs a set-user-id program of root's that the system has",
    refused: "runs as the same user: no new privileges",
    async run({ attacker, session }) {
      // The control: without the ban it would be root.
      expect(await unbanned(session, ["python3", "-"], `${effectiveUserOfSu.join("\n")}\n`)).toBe("0\n");
      expect(await ssh(attacker, session, python(...effectiveUserOfSu))).toBe("1000\n");
    },
  },
  fails("becomes root with su", "su -c id", "su: Authentication failure"),
  fails("becomes root of a user namespace", "unshare --user --map-root-user true", "Operation not permitted"),
  fails("enters the namespaces of PID 1", "nsenter --target 1 --mount true", "Permission denied"),
  systemCall("bpf", { x64: 321, arm64: 280 }),
  systemCall("perf_event_open", { x64: 298, arm64: 241 }),
  systemCall("open_by_handle_at", { x64: 304, arm64: 265 }),
  systemCall("add_key", { x64: 248, arm64: 217 }),
  systemCall("init_module", { x64: 175, arm64: 105 }),
  systemCall("kexec_load", { x64: 246, arm64: 104 }),
];

/**
 * What every container has, in the order of ls. NVIDIA's own are the session's GPU; core, where it is, leads to the
 * kernel's memory, which has a trial of its own.
 */
const usualDevices = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero".split(
  " ",
);

const devices: InsideTrial[] = [
  fails("makes a device node of the host's disk", "mknod /workspace/disk b 8 0", "Operation not permitted"),
  prints(
    "looks for devices of the host",
    "the usual ones alone",
    "ls /dev | grep -v -e ^nvidia -e ^core$",
    usualDevices.join("\n"),
  ),
  {
    tried: "opens a device that somebody put into the workspace",
    refused: "Permission denied",
    async run({ attacker, session }) {
      const planted = `/proc/${await firstProcess(session)}/root/workspace/planted`;
      // One that the session has anyway, so that only the mount can be why.
      await output(["mknod", "--mode=666", planted, "c", "1", "5"]);
      const { code, stdout } = await trySsh(attacker, session, "head -c 1 /workspace/planted 2>&1");
      expect(stdout).toContain("Permission denied");
      expect(code).not.toBe(0);
      rmSync(planted);
    },
  },
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

/** As ps names them: the init, what it starts for a login, and ps itself. */
const ownPrograms = ["/usr/bin/perl", "/usr/bin/tini", "ps", "sshd"];

const kernel: InsideTrial[] = [
  fails(
    "names a program for the host to run at a core dump",
    "echo '|/workspace/x' > /proc/sys/kernel/core_pattern",
    "Read-only file system",
  ),
  whereItIs(
    "/proc/sysrq-trigger",
    // Help, which would do no harm.
    fails("presses the magic SysRq key", "echo h > /proc/sysrq-trigger", "Read-only file system"),
  ),
  whereItIs(
    "/proc/kcore",
    prints(
      "reads the kernel's memory",
      "it is empty",
      "head -c 1 /proc/kcore > /tmp/kcore && wc -c < /tmp/kcore",
      "0",
    ),
  ),
  fails("reads the kernel's log", "dmesg", "Operation not permitted"),
  fails(
    "makes a control group",
    "mkdir /sys/fs/cgroup/escape; for tree in /sys/fs/cgroup/*/; do mkdir $tree/escape; done; test -e /sys/fs/cgroup/escape",
    "Permission denied, or Read-only file system",
    /^(mkdir: cannot create directory '[^']+': (Permission denied|Read-only file system)\n)+$/,
  ),
  fails("reads the environment of PID 1", "tr '\\0' '\\n' < /proc/1/environ", "Permission denied"),
  fails("reads the memory of PID 1", "head -c 1 /proc/1/mem", "Permission denied"),
  {
    tried: "looks for the host's and other sessions' processes",
    refused: "sees its own alone",
    async run({ attacker, session, neighbour }) {
      const marker = `mf-neighbour-${session.slug}`;
      const begin = `nohup bash -c 'exec -a ${marker} sleep 600' </dev/null >/dev/null 2>&1 & echo $!`;
      const begun = await ssh(neighbour.person, neighbour.session, begin);
      // The control: the host sees all of them.
      const host = [marker, "dockerd", "mariadbd", "caddy"];
      await eventually("the host sees them", stepMs, async () => {
        const onHost = new Set(processes().map(({ argv }) => argv[0]?.split("/").at(-1)));
        return host.every((program) => onHost.has(program)) || undefined;
      });
      const seen = await ssh(attacker, session, "ps -eo args=");
      const programs = [
        ...new Set(
          seen
            .trim()
            .split("\n")
            .map((line) => line.trim().split(/[\s:]+/)[0]),
        ),
      ].sort();
      expect(programs).toEqual(ownPrograms);
      expect(seen.match(/tini/g)).toHaveLength(1);
      await ssh(neighbour.person, neighbour.session, `kill ${begun}`);
    },
  },
];

/** Opens a socket of its own, so that finding no other is not the search's fault, and prints what is found. */
const withOwnSocket = (name: string, search: string) =>
  python(
    "import socket, subprocess",
    "own = socket.socket(socket.AF_UNIX)",
    `own.bind(${name})`,
    `subprocess.run(["bash", "-c", r"""${search}"""])`,
  );

const sockets: InsideTrial[] = [
  prints(
    "looks for a socket of Docker, the agent or anybody in the file system",
    "there is none but its own",
    `cd /tmp && rm -f own && ${withOwnSocket("'own'", "find / -type s -not -path '/proc/*' 2>/dev/null")}`,
    "/tmp/own",
  ),
  prints(
    "looks for abstract sockets",
    "there is none but its own",
    withOwnSocket("'\\0own'", "awk '$8 ~ /^@/ {print $8}' /proc/net/unix"),
    "@own",
  ),
];

const network: InsideTrial[] = [
  unreachable(
    "connects to another session by its container's address",
    "no answer",
    async ({ neighbour: { session } }) => [
      { what: "a neighbour's sshd", address: await addressOf(session), port: 22 },
    ],
  ),
  unreachable(
    "connects to another session's SSH port on each of the host's addresses",
    "no answer",
    ({ neighbour: { session } }) => everyHostAddress("a neighbour's port", session.ssh.port),
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
    async run({ attacker, session, neighbour }) {
      const name = containerName(neighbour.session.slug);
      const question = `b"mf\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + bytes([${name.length}]) + b"${name}\\0\\0\\1\\0\\1"`;
      const program = python(
        "import socket",
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        `try: s.sendto(${question}, ("127.0.0.11", 53)); print("asked")`,
        "except OSError as e: print(e.strerror)",
      );
      expect(await ssh(attacker, session, program)).toBe("Permission denied\n");
    },
  },
  prints(
    "looks for an IPv6 address",
    "there is none",
    "ip -oneline address | awk '{print $2, $3}' | sort -u",
    "eth0 inet\nlo inet",
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

/** Asks the test world's stand-in for the internet for a name, past the session's own resolver. */
const askOutside = python(
  "import socket",
  "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
  "s.settimeout(5)",
  'question = b"mf\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3org\\0\\0\\1\\0\\1"',
  `try: s.sendto(question, ("${internet.address}", 53)); print("answers:", s.recv(512)[7])`,
  "except OSError as e: print(e.strerror)",
);

/** What an internal session must not reach either; the neighbour is external. */
export const internalTrials: readonly InsideTrial[] = [
  unreachable("connects to the internet, from an internal session", "no answer", () => [internet]),
  differs(
    "resolves a name, from an internal session",
    "no resolver answers",
    "(getent hosts example.org || echo unresolved) | awk '{print $1}'",
    "unresolved",
    internet.address,
  ),
  differs(
    "asks a resolver on the internet, from an internal session",
    "Network is unreachable",
    askOutside,
    "Network is unreachable",
    "answers: 1",
  ),
];
