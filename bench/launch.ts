import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { closeDatabase } from "@/e2e/support/database";
import { finished, launch, session as look, requestLaunch, stop } from "@/e2e/support/lab";
import { freshName, newPerson, type Person } from "@/e2e/support/people";
import type { SessionView } from "@/lib/sessions/model";
import { operationView } from "@/lib/workspaces/model";
import { byApi, byCommand, type Model, modelOf, rawLaunch } from "./support/floor";
import { type Login, loggedIn } from "./support/login";
import { median, percentile } from "./support/stats";

/**
 * How long a launch takes, from the accepted request to a real ssh login, against the same done by hand with zfs, docker
 * and ssh: same engine, same pool, same options, in turns, so that both meet the same machine.
 */
const aimedRatio = 1.15;

function loginOf(person: Person, session: SessionView): Login {
  return {
    host: session.ssh.host,
    port: session.ssh.port,
    user: session.ssh.user,
    identity: join(person.home, "id_ed25519"),
    hostKeyAlias: `mf-${session.workspace.id}`,
  };
}

interface Launch {
  /** From the answer 201 to the login, in ms. */
  accepted: number;
  /** From sending the request to the login, in ms. */
  sent: number;
}

/** Between two looks at the session, in ms: adds half of it to the figure; more haste would keep a core busy with asking. */
const lookEveryMs = 20;

async function saidRunning(person: Person, slug: string): Promise<void> {
  for (;;) {
    const { state, error } = await look(person.api, slug);
    if (state === "RUNNING") return;
    if (state !== "STARTING") throw new Error(`Session ${slug} is ${state}: ${error}`);
    await pause(lookEveryMs);
  }
}

/** One launch on a workspace that does not exist yet; stopped and deleted again outside the measured time. */
async function productLaunch(person: Person): Promise<Launch> {
  const sentAt = performance.now();
  const session = await requestLaunch(person.api, { workspaceName: freshName("bench") });
  const acceptedAt = performance.now();
  await saidRunning(person, session.slug);
  await loggedIn(loginOf(person, session));
  const loginAt = performance.now();
  await cleanUp(person, session);
  return { accepted: loginAt - acceptedAt, sent: loginAt - sentAt };
}

async function cleanUp(person: Person, session: SessionView): Promise<void> {
  await stop(person.api, session.slug);
  const path = `external/workspaces/${session.workspace.id}`;
  await finished(person.api, await person.api.call(operationView, "DELETE", path));
}

function line(name: string, values: readonly number[]): void {
  const figures = [median(values), Math.min(...values), percentile(values, 90)].map((ms) =>
    ms.toFixed(0).padStart(6),
  );
  console.log(`${name.padEnd(34)} ${figures.join(" ")}`);
}

/** @throws Error when it is no whole number of at least 1 */
function runsOf(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--runs ${text}: give a whole number of at least 1.`);
}

interface Figures {
  command: number[];
  api: number[];
  product: Launch[];
}

/** Each kind of launch in every run; in every other one the other way round, so that none is always first. */
async function measure(runs: number, person: Person, model: Model): Promise<Figures> {
  const figures: Figures = { command: [], api: [], product: [] };
  const kinds = [
    async () => figures.command.push(await rawLaunch(model, byCommand)),
    async () => figures.api.push(await rawLaunch(model, byApi)),
    async () => figures.product.push(await productLaunch(person)),
  ];
  for (let run = 0; run < runs; run++) {
    for (const launchOne of run % 2 === 0 ? kinds : kinds.toReversed()) await launchOne();
  }
  return figures;
}

/** @returns whether the aim is met */
function tell(runs: number, { command, api, product }: Figures): boolean {
  const accepted = product.map((launched) => launched.accepted);
  console.log(
    `\n${"ms, of".padEnd(34)} ${["median", "   min", "   p90"].join(" ")}   (${runs} runs each, in turns)`,
  );
  line("raw floor: zfs + docker run + ssh", command);
  line("raw floor: zfs + engine API + ssh", api);
  line("MedForge: accepted to ssh login", accepted);
  line(
    "MedForge: request sent to login",
    product.map((launched) => launched.sent),
  );
  const ratio = median(accepted) / median(command);
  console.log(`ratio at the median: ${ratio.toFixed(2)} (aim: at most ${aimedRatio})`);
  console.log(`to the engine's API: ${(median(accepted) / median(api)).toFixed(2)}`);
  return ratio <= aimedRatio;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: "string", default: "10" } } });
  const runs = runsOf(values.runs);
  try {
    const person = await newPerson("bench");
    const warmUp = await launch(person, { workspaceName: freshName("bench") });
    const model = await modelOf(warmUp, loginOf(person, warmUp), person.home);
    await cleanUp(person, warmUp);
    for (const start of [byCommand, byApi]) await rawLaunch(model, start);
    if (!tell(runs, await measure(runs, person, model))) process.exitCode = 1;
  } finally {
    await closeDatabase();
  }
}

await main();
