/** What the probe program is told to try. */
export interface Attempt {
  protocol: "tcp" | "dns";
  address: string;
  port: number;
}

/** How it ended: `connected`, `answered`, `timed_out`, or the system's error code. */
export interface AttemptResult {
  code: string;
  ms: number;
}
