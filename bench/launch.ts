import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { closeDatabase } from "@/e2e/support/database";
import { finished, launch, session as look, requestLaunch, stop } from "@/e2e/support/lab";
import { freshName, newPerson, type Person } from "@/e2e/support/people";
import type { SessionView } from "@/lib/sessions/model";
import { operationView } from "@/lib/workspaces/model";
import { modelOf, rawLaunch } from "./support/floor";
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

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: "string", default: "10" } } });
  const runs = Number(values.runs);
  const person = await newPerson("bench");
  const warmUp = await launch(person, { workspaceName: freshName("bench") });
  const model = await modelOf(warmUp.slug, loginOf(person, warmUp), person.home);
  await cleanUp(person, warmUp);
  await rawLaunch(model);

  const raw: number[] = [];
  const product: Launch[] = [];
  for (let run = 0; run < runs; run++) {
    raw.push(await rawLaunch(model));
    product.push(await productLaunch(person));
  }
  const accepted = product.map((launched) => launched.accepted);
  console.log(
    `\n${"ms, of".padEnd(34)} ${["median", "   min", "   p90"].join(" ")}   (${runs} runs each, in turns)`,
  );
  line("raw floor: zfs + docker run + ssh", raw);
  line("MedForge: accepted to ssh login", accepted);
  line(
    "MedForge: request sent to login",
    product.map((launched) => launched.sent),
  );
  const ratio = median(accepted) / median(raw);
  console.log(`ratio at the median: ${ratio.toFixed(2)} (aim: at most ${aimedRatio})`);
  await closeDatabase();
}

await main();
