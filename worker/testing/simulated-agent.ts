import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentError, type VerbName, verbs } from "@/lib/agent-protocol/verbs";
import { errorText } from "@/lib/kernel/errors";
import { SimulatedHost } from "./simulated-host";

export interface Fault {
  readonly verb: VerbName;
  /** `before`: nothing was done yet; `after`: done, but the answer isn't out. */
  readonly when: "before" | "after";
  /** Is told the session, "" without one. May throw an AgentError (the answer), kill somebody, or wait. */
  readonly act: (slug: string) => void | Promise<void>;
  /** How many calls it befalls; once unless said otherwise. */
  times?: number;
}

/** The simulated host behind the real protocol on a real unix socket, with faults to order at each verb. */
export class SimulatedAgent {
  readonly host: SimulatedHost;
  readonly calls: VerbName[] = [];
  readonly #faults: Fault[] = [];
  /** The agent does one thing at a time per session. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #server: Server | null = null;

  private constructor(
    gpus: number,
    readonly folder: string,
  ) {
    this.host = new SimulatedHost(gpus);
  }

  get socketPath(): string {
    return join(this.folder, "agent.sock");
  }

  static async start(gpus: number): Promise<SimulatedAgent> {
    const agent = new SimulatedAgent(gpus, await mkdtemp(join(tmpdir(), "mf-simulated-agent-")));
    await agent.open();
    return agent;
  }

  /** Answers (again). */
  async open(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.socketPath, resolve));
  }

  /** Falls silent: its socket is gone, what runs on the host runs on. */
  async silence(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(this.socketPath, { force: true });
  }

  async close(): Promise<void> {
    await this.silence();
    await this.host.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  inject(fault: Fault): void {
    this.#faults.push(fault);
  }

  /** No fault that was ordered befalls anyone any more. */
  heal(): void {
    this.#faults.length = 0;
  }

  async #befall(verb: VerbName, when: Fault["when"], slug: string): Promise<void> {
    const fault = this.#faults.find((one) => one.verb === verb && one.when === when && one.times !== 0);
    if (!fault) return;
    fault.times = (fault.times ?? 1) - 1;
    await fault.act(slug);
  }

  #inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    if (key === "") return work();
    const result = (this.#queues.get(key) ?? Promise.resolve()).then(work, work);
    this.#queues.set(key, result);
    return result;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const verb = (request.url ?? "").replace("/v1/", "") as VerbName;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    try {
      const input = verbs[verb].input.parse(JSON.parse(Buffer.concat(chunks).toString()));
      this.calls.push(verb);
      const slug = "slug" in input ? input.slug : "";
      await this.#befall(verb, "before", slug);
      const handler = this.host.handlers[verb] as (input: unknown) => Promise<unknown>;
      const result = await this.#inTurn(slug, () => handler(input));
      await this.#befall(verb, "after", slug);
      answer(200, result);
    } catch (error) {
      const code = error instanceof AgentError ? error.code : "failed";
      answer(409, { code, message: errorText(error) });
    }
  }
}
