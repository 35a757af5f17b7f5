import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";
import { errorText } from "@/lib/kernel/errors";
import { unlessMissing } from "@/lib/kernel/missing";
import { type Argv, runOk } from "../run";
import { imageInputs } from "./inputs";

/** Downloads included; a slow mirror may take its time, a dead one must not hang set-up for ever. */
const buildTimeoutMs = 30 * 60_000;
/** debootstrap and apt print every package twice. */
const buildOutputCapBytes = 64 * 1024 * 1024;

const proxySchema = z.object({ http_proxy: z.string().optional(), https_proxy: z.string().optional() });

/** In namespaces of its own, so that an interruption leaves neither mounts nor processes behind. */
async function runApart(command: Argv, unshareFlags: readonly string[] = []): Promise<void> {
  const proxies = Object.entries(readEnv(proxySchema)).filter(([, value]) => value !== undefined);
  const argv: Argv = [
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    ...unshareFlags,
    "--",
    ...command,
  ];
  await runOk(argv, {
    timeoutMs: buildTimeoutMs,
    outputCapBytes: buildOutputCapBytes,
    env: {
      DEBIAN_FRONTEND: "noninteractive",
      // A tree that is not finished is thrown away: dpkg need not wait for the disk after each file of it.
      DPKG_FORCE: "unsafe-io",
      ...(Object.fromEntries(proxies) as Record<string, string>),
    },
  });
}

const inRootfs = (rootfs: string, ...command: Argv): Promise<void> =>
  runApart(["chroot", rootfs, ...command], [`--mount-proc=${join(rootfs, "proc")}`]);

/** Security fixes since the suite's last point release. The base alone still works, so a failure is only told. */
async function applySecurityUpdates(
  rootfs: string,
  mirror: string,
  tell: (line: string) => void,
): Promise<void> {
  const { suite } = imageInputs;
  const security = mirror.replace(/\/debian\/?$/, "/debian-security");
  const sources = [
    `deb ${mirror} ${suite} main`,
    `deb ${mirror} ${suite}-updates main`,
    `deb ${security} ${suite}-security main`,
  ];
  await writeFile(join(rootfs, "etc/apt/sources.list"), `${sources.join("\n")}\n`);
  const noDaemons = join(rootfs, "usr/sbin/policy-rc.d");
  await writeFile(noDaemons, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await inRootfs(rootfs, "apt-get", "update");
    await inRootfs(rootfs, "apt-get", "--yes", "--no-install-recommends", "dist-upgrade");
  } catch (cause) {
    tell(
      `Session image: security updates not applied, the suite's release is used as it is (${errorText(cause)})`,
    );
  }
  await rm(noDaemons);
}

/** Removes what a session must not share (host keys, machine id) and what only makes the image large. */
async function slim(rootfs: string): Promise<void> {
  for (const path of imageInputs.removed) await rm(join(rootfs, path), { recursive: true, force: true });
  const ssh = join(rootfs, "etc/ssh");
  for (const name of await readdir(ssh)) {
    if (name.startsWith("ssh_host_")) await rm(join(ssh, name));
  }
  const docs = join(rootfs, "usr/share/doc");
  for (const name of await readdir(docs)) {
    const copyright = await unlessMissing(readFile(join(docs, name, "copyright")));
    await rm(join(docs, name), { recursive: true, force: true });
    if (copyright === undefined) continue;
    await mkdir(join(docs, name));
    await writeFile(join(docs, name, "copyright"), copyright);
  }
  for (const name of ["log", "tmp", "cache/debconf"]) {
    await rm(join(rootfs, "var", name), { recursive: true, force: true });
  }
  await mkdir(join(rootfs, "var/log"));
  await mkdir(join(rootfs, "var/tmp"));
  await chmod(join(rootfs, "var/tmp"), 0o1777);
  await writeFile(join(rootfs, "etc/machine-id"), "");
}

/** Makes the session image's file tree in `rootfs`, which must not exist. Needs root, debootstrap and a mirror. */
export async function makeRootfs(
  rootfs: string,
  debCache: string,
  mirror: string,
  tell: (line: string) => void,
): Promise<void> {
  const { suite, packages, user, folders, files, emptyExecutables } = imageInputs;
  await mkdir(debCache, { recursive: true });
  tell(`Session image: fetching Debian ${suite} from ${mirror} (about a minute)`);
  await runApart([
    "debootstrap",
    // Else it builds from any mirror's packages where it finds no keys.
    "--force-check-gpg",
    "--variant=minbase",
    `--cache-dir=${debCache}`,
    `--include=${packages.join(",")}`,
    suite,
    rootfs,
    mirror,
  ]);
  tell("Session image: applying security updates");
  await applySecurityUpdates(rootfs, mirror, tell);
  // Password "*": no password logs in, yet the account isn't locked, which sshd without PAM would refuse.
  await inRootfs(
    rootfs,
    ...(["useradd", "--uid", String(user.uid), "--user-group", "--home-dir", user.home] as const),
    ...["--no-create-home", "--shell", "/bin/bash", "--password", "*", user.name],
  );
  for (const folder of folders) await mkdir(join(rootfs, folder), { recursive: true, mode: 0o755 });
  for (const path of emptyExecutables) await writeFile(join(rootfs, path), "", { mode: 0o755 });
  for (const [path, content] of Object.entries(files)) {
    await writeFile(join(rootfs, path), content, { mode: 0o755 });
  }
  await slim(rootfs);
}
