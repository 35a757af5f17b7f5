import { styleText } from "node:util";
import { Command, InvalidArgumentError } from "commander";
import { SetupError } from "./errors";

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
  .command("test")
  .description("all set-up and the whole suite, in a world of its own")
  .argument("[filter...]", "only test files whose path contains one of these")
  .option("--only <suite>", "static, unit, integration, host or web")
  .option("--shell", "open a shell in a prepared world instead; arguments after -- run as its command")
  .option("--whole", "with --shell: the whole installation, not only database, engine, pool and image")
  .option("--world <dir>", "used by the command itself, inside the world")
  .action(async (filter: string[], options) => {
    const { testCommand } = await import("./commands/test");
    process.exitCode = await testCommand(filter, options);
  });

function explain(error: unknown): void {
  if (error instanceof SetupError) {
    console.error(`${styleText("red", "✗")} ${error.message}`);
    console.error(`${styleText("yellow", "Cure:")} ${error.cure}`);
  } else {
    console.error(
      `${styleText("red", "✗")} ${error instanceof Error ? (error.stack ?? error.message) : error}`,
    );
  }
}

try {
  await program.parseAsync();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
// Children that a command left running on purpose must not keep it from ending.
process.exit();
