import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeStandIn } from "@/agent/stand-in/write";
import type { Config } from "../config";
import type { Context, Step } from "../context";
import { SetupError } from "../errors";
import { tryRun, which } from "../exec";

/** How many GPUs are simulated where there are none and nobody said how many. */
const defaultSimulatedGpus = 2;

/** How many real GPUs nvidia-smi shows; 0 where there is none. @throws SetupError when it is there and broken. */
async function realGpus(): Promise<number> {
  const tool = which("nvidia-smi");
  if (tool === undefined) return 0;
  const answer = await tryRun([tool, "--query-gpu=uuid", "--format=csv,noheader"]);
  if (answer.ok) return answer.stdout.split("\n").filter((line) => line.startsWith("GPU-")).length;
  const said = `${answer.stdout}\n${answer.stderr}`.trim();
  if (said.startsWith("No devices were found")) return 0;
  throw new SetupError(
    `nvidia-smi is installed but fails: ${said}`,
    "Mend the NVIDIA driver, or set MEDFORGE_SIMULATED_GPUS=2 to try without.",
  );
}

/** How many GPUs to simulate; 0 when the real ones are used. */
export async function simulatedGpusOf(config: Config): Promise<number> {
  if (config.simulatedGpus !== null && config.simulatedGpus > 0) return config.simulatedGpus;
  return (await realGpus()) > 0 ? 0 : (config.simulatedGpus ?? defaultSimulatedGpus);
}

/** The nvidia-smi that the agent asks. */
export async function nvidiaSmiOf({ config, layout }: Context): Promise<string> {
  if ((await simulatedGpusOf(config)) > 0) return `${layout.standIn}/bin/nvidia-smi`;
  return which("nvidia-smi") ?? "/usr/bin/nvidia-smi";
}

/** Real GPUs need their container hook; simulated ones get a stand-in for it and for nvidia-smi. */
export const gpusStep: Step = {
  name: "GPUs",
  async check() {
    return null;
  },
  async run({ config, layout }) {
    const simulated = await simulatedGpusOf(config);
    if (simulated > 0) {
      await writeStandIn({ dir: layout.standIn, installationSeed: config.seed, count: simulated });
      return `${simulated} simulated`;
    }
    // Else the stand-in would still come before the real programs on the engine's PATH.
    rmSync(join(layout.standIn, "bin"), { recursive: true, force: true });
    const real = await realGpus();
    if (real === 0) return "none";
    if (which("nvidia-container-runtime-hook") === undefined) {
      throw new SetupError(
        `nvidia-smi shows ${real} GPUs, but Docker can't hand them to containers: nvidia-container-runtime-hook is missing.`,
        "Install NVIDIA's Container Toolkit (package nvidia-container-toolkit), or set MEDFORGE_SIMULATED_GPUS=2 to try without.",
      );
    }
    return `${real} from nvidia-smi`;
  },
};
