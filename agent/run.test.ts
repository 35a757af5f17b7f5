import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CommandError, run, runOk } from "./run";

it("passes arguments as they are, never through a shell", async () => {
  const hostile = "$(touch /tmp/x); `id` 'a' \"b\" * \n";
  expect(await runOk(["printf", "%s", hostile])).toBe(hostile);
});

it("hands over input and tells exit code and both outputs", async () => {
  const result = await run(["sh", "-c", "cat; echo no >&2; exit 3"], { input: "yes" });
  expect(result).toEqual({ code: 3, stdout: "yes", stderr: "no\n" });
  await expect(runOk(["sh", "-c", "echo why >&2; exit 3"])).rejects.toThrow("exit code 3: why");
});

it("inherits no environment", async () => {
  const names = (await runOk(["env"], { env: { EXTRA: "1" } })).split("\n").map((line) => line.split("=")[0]);
  expect(names.filter((name) => name !== "").sort()).toEqual(["EXTRA", "LANG", "PATH", "TZ"]);
});

it("ends a command with its children when time is up", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mf-run-"));
  const pipe = join(dir, "pipe");
  await runOk(["mkfifo", pipe]);
  // Reading ends when the last process that has the pipe open for writing is gone: the child.
  const childGone = readFile(pipe, "utf8");
  const command = ["sh", "-c", `{ echo alive; exec sleep 600; } > ${pipe} & wait`] as const;
  await expect(run(command, { timeoutMs: 2_000 })).rejects.toThrow("no end within 2000 ms");
  expect(await childGone).toBe("alive\n");
  await rm(dir, { recursive: true });
});

it("ends a command that prints too much", async () => {
  await expect(run(["yes"], { outputCapBytes: 1000 })).rejects.toThrow("more than 1000 bytes");
});

it("says when there is no such program", async () => {
  await expect(run(["/nonexistent"])).rejects.toBeInstanceOf(CommandError);
});
