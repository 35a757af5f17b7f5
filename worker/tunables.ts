/** The backstop behind web's datagram: work is seen at the latest after this. ms */
export const pollMs = 1_000;
/** Sessions started or stopped at once by one worker: starts mostly wait for the agent, which works on several too. */
export const parallelSessions = 8;
/** Sessions that get changed keys at once, beside the ones above: a removed key must not wait for slow stops. */
export const parallelKeyPushes = 4;
/** Workspace operations at once: they wait for disks. */
export const parallelOperations = 2;
/** Sessions probed at once: each takes some 3 s, most of it waiting for packets that are dropped. */
export const parallelProbes = 4;
/** How long a probe waits at most for sessions that start or stop. ms */
export const probePatienceMs = 10_000;
/** How soon a probe that could not be made is tried again. ms */
export const probeRetryMs = 15_000;
/** Claims are renewed at a third of their lease. ms */
export const renewEveryMs = 3_000;

/** How often the host's health, GPU use and containers are looked at. ms */
export const fleetMs = 5_000;
/** How often GPUs, disk and workspaces' sizes are measured. ms */
export const inventoryMs = 30_000;
/** How often time limits are looked at: a minute's limit should not overrun by seconds. ms */
export const timeLimitMs = 1_000;
/** How often people's GPU-hours of the week are summed up; they may be overdrawn by as much. ms */
export const hoursMs = 5_000;
/** How often it is looked which hours people hold of the GPUs that their sessions run on. ms */
export const heldHoursMs = 3_000;
/** How often sessions are looked for that are to start by themselves: their owners paid for the hour. ms */
export const plannedStartsMs = 1_000;
/** How long it is kept what came of them. ms */
export const plannedKeptMs = 90 * 24 * 60 * 60_000;
/** How often holds are looked for whose time has passed: their owners wait for the money. ms */
export const expiryMs = 1_000;
/** How far back that goes. Once an hour, and at its start, the worker looks at all of them: it was away, or accounts frozen. ms */
export const expiryLookBackMs = 2 * 60 * 60_000;
/** How often it is looked whether the day's verification of the ledger was done. ms */
export const ledgerCheckMs = 60_000;
/** How often it is looked whether a week's bidding is over: it closes by the clock, however late that is seen. ms */
export const scheduleMs = 1_000;
/** How often it is looked whether hours of reservations have begun. ms */
export const reservationsMs = 1_000;
/** How often it is looked which hours are over, to say who was on their GPUs. ms */
export const usageMs = 10_000;
/** How often rows that nobody needs any more are removed. ms */
export const sweepMs = 60_000;
/** How often ended sessions are looked through for what nobody needs any more: they are many and change little. ms */
export const sweepEndedMs = 60 * 60_000;
/** How long after its end a session's log is kept: a term, in which somebody asks why it failed. ms */
export const logsKeptMs = 90 * 24 * 60 * 60_000;
/** The same for all that it could reach when it was tried; the last of it stays. ms */
export const probesKeptMs = 90 * 24 * 60 * 60_000;
/** How often owners are looked for whose time limit is near. ms */
export const warnMs = 10_000;
/** How long notices are kept: a term's absence and more. ms */
export const noticesKeptMs = 180 * 24 * 60 * 60_000;
/** A GPU's figures older than this are of no sample. ms */
export const freshUsageMs = 15_000;
/** How long live pages may lag behind the change rows. ms */
export const changesKeptMs = 10 * 60_000;

/** sshd answers some 100 ms after the container's start; far more means that it never will. ms */
export const probeDeadlineMs = 20_000;
/** How long sshd may be silent before the container is looked at. ms */
export const probeSliceMs = 1_000;
/** Pause between two looks at a port that refuses. ms */
export const probePauseMs = 4;
/** A connection that says nothing for this long is dropped and made anew. ms */
export const probeAttemptMs = 1_500;

/** Failures that may pass by themselves are tried this often before a start is given up. */
export const startAttempts = 3;
/** The same for a session that ran before: after a reboot, pool and GPU driver may take some ten minutes to be there. */
export const restartAttempts = 25;
/** The same for workspace operations. */
export const operationAttempts = 3;
/** How soon a host that is silent is asked again. ms */
export const silentHostMs = 2_000;
/** How soon work is taken up again at the earliest when the worker itself met an error. ms */
export const setbackMs = 5_000;
/** How soon a session is looked at again whose claim a newer one overtook. ms */
export const overtakenMs = 1_000;
/** Ports in use on the host that one start steps over. */
export const portMoves = 10;
/** What a session's processes get between SIGTERM and SIGKILL. seconds */
export const stopGraceSeconds = 10;
/** How long a worker that is told to end waits for what it is doing. ms */
export const drainMs = 20_000;
/** The same for what nobody waits for: measuring, removing old snapshots. ms */
export const asideDrainMs = 2_000;
/** The same for submissions at the scorer: most take less, and what is given back loses nothing but its time. ms */
export const scoringDrainMs = 5_000;
/** Old snapshots that one stop removes at most; there is one more per stop. */
export const prunedAtOnce = 50;

/** Checks of evaluations at once: they are rare, and need the scorer that submissions wait for. */
export const parallelChecks = 1;
/** Submissions whose resamples are scored at once by one worker: nobody waits for them. */
export const parallelBootstraps = 1;
/** How soon they leave the scorer to a submission that comes. ms */
export const giveWayMs = 250;
/** What the scorer may take for one job once its turn has come. Half of a claim's deadline, so that a turn may be waited for. ms */
export const scorerDeadlineMs = 5 * 60_000;
/** How soon a scorer that is away is asked again. ms */
export const scorerAwayMs = 2_000;
/** A verdict that the database did not take is written again after this. ms */
export const settleEveryMs = 500;
/** So often; then the claim has run out. */
export const settleTries = 20;
