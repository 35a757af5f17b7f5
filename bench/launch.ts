import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { closeDatabase, rows } from "@/e2e/support/database";
import { finished, gpus, launch, requestLaunch, stop } from "@/e2e/support/lab";
import { freshName, newPerson, type Person } from "@/e2e/support/people";
import { simulateGpus } from "@/e2e/support/simulated-gpus";
import type { SessionView } from "@/lib/sessions/model";
import { operationView } from "@/lib/workspaces/model";
import { byApi, byCommand, type Model, modelOf, rawLaunch, type Timed } from "./support/floor";
import { type Login, loggedIn } from "./support/login";
import { countOf, median, percentile } from "./support/stats";

/**
 * How long a launch takes, from the accepted request to a real ssh login, against the same done by hand with zfs, docker
 * and ssh: same engine, same pool, same options, in turns, so that both meet the same machine. With `--concurrent N`, N
 * people launch at once, and so do N floors.
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

/** Between two looks at the session, in ms: adds half of it to the figure. */
const lookEveryMs = 5;

/** Looks into the database and not through web: who measures must not keep the cores busy that a launch needs. */
async function saidRunning(slug: string): Promise<void> {
  for (;;) {
    const [now] = await rows("SELECT state, error FROM sessions WHERE slug = ?", [slug]);
    if (now?.state === "RUNNING") return;
    if (now?.state !== "STARTING") throw new Error(`Session ${slug} is ${now?.state}: ${now?.error}`);
    await pause(lookEveryMs);
  }
}

/** One launch on a workspace that does not exist yet. */
async function productLaunch(person: Person): Promise<Timed<Launch>> {
  const sentAt = performance.now();
  const session = await requestLaunch(person.api, { workspaceName: freshName("bench") });
  const acceptedAt = performance.now();
  await saidRunning(session.slug);
  await loggedIn(loginOf(person, session));
  const loginAt = performance.now();
  return {
    took: { accepted: loginAt - acceptedAt, sent: loginAt - sentAt },
    remove: () => cleanUp(person, session),
  };
}

async function cleanUp(person: Person, session: SessionView): Promise<void> {
  await stop(person.api, session.slug);
  const path = `external/workspaces/${session.workspace.id}`;
  await finished(person.api, await person.api.call(operationView, "DELETE", path));
}

function line(name: string, values: readonly number[]): void {
  const figures = [median(values), Math.min(...values), percentile(values, 95)].map((ms) =>
    ms.toFixed(0).padStart(6),
  );
  console.log(`${name.padEnd(34)} ${figures.join(" ")}`);
}

interface Figures {
  command: number[];
  api: number[];
  product: Launch[];
}

/** One of those who launch at once: a person, and what the floor needs to do the same beside the other floors. */
interface Seat {
  person: Person;
  model: Model;
}

const atOnce = <T, U>(all: readonly T[], act: (one: T) => Promise<U>): Promise<U[]> =>
  Promise.all(all.map(act));

async function timed<T>(seats: readonly Seat[], launchOne: (seat: Seat) => Promise<Timed<T>>): Promise<T[]> {
  const launched = await atOnce(seats, launchOne);
  await atOnce(launched, ({ remove }) => remove());
  return launched.map(({ took }) => took);
}

/** Everybody has a session at the same time, so that each floor gets a port of its own. */
async function seatsFor(people: readonly Person[]): Promise<Seat[]> {
  const warmUps = await atOnce(people, async (person) => {
    return { person, session: await launch(person, { workspaceName: freshName("bench") }) };
  });
  const seats = await atOnce(warmUps, async ({ person, session }) => {
    return { person, model: await modelOf(session, loginOf(person, session), person.home) };
  });
  await atOnce(warmUps, ({ person, session }) => cleanUp(person, session));
  return seats;
}

/** Each kind of launch in every run; in every other one the other way round, so that none is always first. */
async function measure(runs: number, seats: readonly Seat[]): Promise<Figures> {
  const figures: Figures = { command: [], api: [], product: [] };
  const kinds = [
    async () => figures.command.push(...(await timed(seats, ({ model }) => rawLaunch(model, byCommand)))),
    async () => figures.api.push(...(await timed(seats, ({ model }) => rawLaunch(model, byApi)))),
    async () => figures.product.push(...(await timed(seats, ({ person }) => productLaunch(person)))),
  ];
  for (let run = 0; run < runs; run++) {
    for (const launchAll of run % 2 === 0 ? kinds : kinds.toReversed()) await launchAll();
  }
  return figures;
}

/** @returns whether the aim is met */
function tell(runs: number, concurrent: number, { command, api, product }: Figures): boolean {
  const accepted = product.map((launched) => launched.accepted);
  const how = `${runs} runs each, in turns, ${concurrent} at once`;
  console.log(`\n${"ms, of".padEnd(34)} ${["median", "   min", "   p95"].join(" ")}   (${how})`);
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

/** The people that launch at once, on as many GPUs. */
async function crowd(concurrent: number): Promise<Person[]> {
  const people = await atOnce(Array.from({ length: concurrent }), () => newPerson("bench"));
  const [first] = people;
  if (first && (await gpus(first.api)).length < concurrent) await simulateGpus(concurrent, first.api);
  return people;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "10" },
      concurrent: { type: "string", default: "1" },
    },
  });
  const runs = countOf("runs", values.runs);
  const concurrent = countOf("concurrent", values.concurrent);
  try {
    const seats = await seatsFor(await crowd(concurrent));
    for (const start of [byCommand, byApi]) await timed(seats, ({ model }) => rawLaunch(model, start));
    if (!tell(runs, concurrent, await measure(runs, seats))) process.exitCode = 1;
  } finally {
    await closeDatabase();
  }
}

await main();
