import type { EdgeTrial } from "./edge-cast";
import { peopleTrials } from "./edge-people";
import { wireTrials } from "./edge-wire";

export const edgeTrials: readonly EdgeTrial[] = [...peopleTrials, ...wireTrials];
