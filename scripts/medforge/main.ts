import { styleText } from "node:util";
import { Command, InvalidArgumentError, Option } from "commander";
import { defaultDataDir, withData } from "./cure";
import { SetupError, told } from "./errors";
import { dataDirOf, openInstallation } from "./open";

// Files are root's to change and others' to read unless told otherwise, whatever the operator's shell has set.
process.umask(0o022);

/** Every command loads its own code, so that `version` or `status` does not wait for what `up` needs. */
const program = new Command("medforge")
  .description("MedForge: the GPU lab on your own servers.")
  .showHelpAfterError();

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535)
    throw new InvalidArgumentError("A port is a whole number from 1 to 65535.");
  return value;
}

const dataOption = ["--data <dir>", "data folder (default /var/lib/medforge, or MEDFORGE_DATA)"] as const;

program
  .command("up")
  .description("set everything up and run it; Ctrl-C stops it and leaves sessions running")
  .option(...dataOption)
  .option("--port <number>", "HTTPS port (default 8443)", port)
  .option("--detach", "run in the background: returns once everything is ready")
  .option("--yes", "install missing system packages without asking")
  .addOption(new Option("--daemon").hideHelp())
  .action(async (options) => {
    const { upCommand } = await import("./commands/up");
    process.exitCode = await upCommand(options);
  });

program
  .command("dev")
  .description("like up, in the foreground, with web, worker and agent from this checkout and hot reload")
  .option(...dataOption)
  .option("--port <number>", "HTTPS port (default 8443)", port)
  .option("--yes", "install missing system packages without asking")
  .action(async (options) => {
    const { upCommand } = await import("./commands/up");
    process.exitCode = await upCommand({ ...options, development: true });
  });

program
  .command("down")
  .description("stop it; sessions go on")
  .option(...dataOption)
  .option("--sessions", "snapshot and stop all sessions first")
  .action(async (options) => {
    const { downCommand } = await import("./commands/down");
    process.exitCode = await downCommand(options);
  });

program
  .command("restart")
  .description("restart one part, or agent, scorer, worker, web and caddy")
  .argument("[part]")
  .option(...dataOption)
  .action(async (part: string | undefined, options) => {
    const { restartCommand } = await import("./commands/restart");
    process.exitCode = await restartCommand(part, options);
  });

program
  .command("status")
  .description("what runs; exit code 1 unless all of it does")
  .option(...dataOption)
  .action(async (options) => {
    const { statusCommand } = await import("./commands/status");
    process.exitCode = await statusCommand(options);
  });

program
  .command("doctor")
  .description("each part: ok, or what is wrong and the cure; exit code 1 if anything is wrong")
  .option(...dataOption)
  .option("--json", "as JSON")
  .action(async (options) => {
    const { doctorCommand } = await import("./commands/doctor");
    process.exitCode = await doctorCommand(options);
  });

program
  .command("logs")
  .description("the end of the logs")
  .argument("[part]")
  .option(...dataOption)
  .option("-f, --follow", "and what comes")
  .action(async (part: string | undefined, options) => {
    const { logsCommand } = await import("./commands/logs");
    process.exitCode = await logsCommand(part, options);
  });

program
  .command("demo")
  .description("fill a lab with invented people, sessions and history to look at")
  .option(...dataOption)
  .option("--yes", "even where real people have accounts")
  .action(async (options) => {
    const [{ requireRunning }, { runDemo }] = await Promise.all([
      import("./supervisor/control"),
      import("./demo"),
    ]);
    const context = openInstallation(options.data);
    await requireRunning(context.layout);
    await runDemo(context, options);
  });

program
  .command("reset-password")
  .description("give a person a new random password, printed once, and end their logins")
  .argument("<user>")
  .option(...dataOption)
  .action(async (user: string, options) => {
    const { resetPasswordCommand } = await import("./commands/reset-password");
    await resetPasswordCommand(user, options);
  });

program
  .command("get-ca")
  .description("the local authority's root: where it is, its fingerprint, how to trust it")
  .option(...dataOption)
  .option("--print", "the root itself, as PEM")
  .action(async (options) => {
    const { getCaCommand } = await import("./commands/get-ca");
    getCaCommand(options);
  });

program
  .command("regen-cert")
  .description("issue the edge's certificates anew; sessions go on")
  .option(...dataOption)
  .option("--root", "a new local authority, too: everybody has to trust it anew")
  .action(async (options) => {
    const { regenCertCommand } = await import("./commands/regen-cert");
    await regenCertCommand(options);
  });

program
  .command("score")
  .description("score a submission by files alone: exit code 1 if it is rejected, 2 if nothing can be scored")
  .requiredOption("--evaluation <file>", "the competition's evaluation.json")
  .requiredOption("--truth <dir>", "folder with the truth")
  .requiredOption("--submission <file>", "what was submitted")
  .option("--explain", "values per class and case, and the confusion matrix, too")
  // Of a call that is wrong, too: 1 says that there was a submission, and that it is refused.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (options) => {
    const { scoreCommand } = await import("./commands/score");
    process.exitCode = await scoreCommand(options);
  });

const competition = program.command("competition").description("competitions as folders");

competition
  .command("check")
  .description("what is wrong with a competition's folder, or what its submissions score")
  .argument("<dir>")
  .action(async (dir: string) => {
    const { checkCompetitionCommand } = await import("./commands/competition");
    process.exitCode = await checkCompetitionCommand(dir);
  });

competition
  .command("build")
  .description("build the competitions that come of Debian's mricron-data, as folders in this one")
  .argument("<dir>")
  .action(async (dir: string) => {
    const { buildCompetitionsCommand } = await import("./commands/competition");
    await buildCompetitionsCommand(dir);
  });

competition
  .command("import")
  .description(
    "bring a competition's folder in, or what of it has changed: exit code 1 if it is refused or waits for --replace",
  )
  .argument("<dir>")
  .option(...dataOption)
  .option("--publish", "show it to those it is for, and have its baseline scored")
  .option("--replace", "of a published competition: let what differs take force")
  .option("--widen", "let everybody see what is for those invited, where the folder says so")
  .action(async (dir: string, options) => {
    const { importCompetitionCommand } = await import("./commands/competition-import");
    process.exitCode = await importCompetitionCommand(dir, options);
  });

competition
  .command("list")
  .description("the competitions of the installation")
  .option(...dataOption)
  .action(async (options) => {
    const { listCompetitionsCommand } = await import("./commands/competition-import");
    await listCompetitionsCommand(options);
  });

competition
  .command("begin", { hidden: true })
  .option(...dataOption)
  .action(async (options) => {
    const { bringStarters } = await import("./competitions/starters");
    await bringStarters(openInstallation(options.data));
  });

program
  .command("rescore")
  .description("score anew what another version of the scorer has scored; the old scores stand until then")
  .argument("<competition>")
  .option(...dataOption)
  .option("--verify", "prove that stored scores come out bit for bit the same; exit code 1 if any does not")
  .option("--after <submission>", "with --verify: go on after this one, where an earlier run was cut off")
  .action(async (slug: string, options) => {
    const { rescoreCommand } = await import("./commands/rescore");
    process.exitCode = await rescoreCommand(slug, options);
  });

program
  .command("leaderboard")
  .description("leaderboards of competitions")
  .command("rebuild")
  .description("make a competition's leaderboards anew from its scores, and say what was otherwise")
  .argument("<competition>")
  .option(...dataOption)
  .action(async (slug: string, options) => {
    const { rebuildLeaderboardCommand } = await import("./commands/leaderboard");
    await rebuildLeaderboardCommand(slug, options);
  });

const ledger = program.command("ledger").description("the ledger of credits and money");

ledger
  .command("verify")
  .description("add all of it up; accounts that are wrong are frozen, and the exit code is 1")
  .option(...dataOption)
  .option("--json", "what was found as JSON")
  .action(async (options) => {
    const { verifyLedgerCommand } = await import("./commands/ledger");
    process.exitCode = await verifyLedgerCommand(options);
  });

ledger
  .command("unfreeze")
  .description("let money move again on an account that was frozen")
  .argument("<username>")
  .argument("<currency>", "CREDIT or USD")
  .requiredOption("--reason <text>", "what was found; kept in the audit log")
  .option(...dataOption)
  .action(async (username: string, currency: string, options) => {
    const { unfreezeCommand } = await import("./commands/ledger");
    await unfreezeCommand(username, currency, options);
  });

program
  .command("version")
  .description("versions of MedForge, of what it runs on, and of the installation")
  .option(...dataOption)
  .action(async (options) => {
    const { versionCommand } = await import("./commands/version");
    process.exitCode = await versionCommand(options);
  });

program
  .command("test")
  .description("all set-up and every suite, of the faults one of each class, in a world of its own")
  .argument(
    "[words...]",
    "suites to run (static, unit, integration, host, security, web, faults), then parts of test files' paths",
  )
  .option("--only <suites>", "the same by comma; every argument is then part of a path")
  .option("--short", "of the faults one of each class, also where they are named")
  .option("--table <file>", "write the table of faults into this file's marked block")
  .option("--shell", "open a shell in a prepared world instead; arguments after -- run as its command")
  .option("--whole", "with --shell: the whole installation, not only database, engine, pool and image")
  .addOption(new Option("--world <dir>").hideHelp())
  .action(async (words: string[], options) => {
    const { testCommand } = await import("./commands/test");
    process.exitCode = await testCommand(words, options);
  });

// Whoever reads us, such as `grep -q`, may have read enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  // The terminal was closed: what SIGHUP began goes on without it.
  if (error.code === "EIO") return;
  throw error;
});

/** What `--data` named, for messages about commands. */
let dataFlag: string | undefined;
program.hook("preAction", (_program, action) => {
  const { data } = action.opts<{ data?: string }>();
  dataFlag = data;
});

/** The folder that commands were about; a malformed environment names none. */
function namedDir(): string {
  try {
    return dataDirOf(dataFlag);
  } catch {
    return defaultDataDir;
  }
}

/** Once all that was printed has been handed on, or its reader is gone. */
function writtenOut(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

function explain(error: unknown): void {
  if (error instanceof SetupError) {
    const dir = namedDir();
    console.error(`${styleText("red", "✗")} ${withData(error.message, dir)}`);
    console.error(`${styleText("yellow", "Cure:")} ${withData(error.cure, dir)}`);
  } else {
    console.error(`${styleText("red", "✗")} ${told(error)}`);
  }
}

try {
  await program.parseAsync();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
// A pipe takes what fits into it at once and the rest as its reader goes on: ending now would cut a long report short.
await Promise.all([process.stdout, process.stderr].map(writtenOut));
// Children that a command left running on purpose must not keep it from ending.
process.exit();
