/** A login ends this long after its last renewal, in hours; lucia renews it once half of that has passed. */
export const loginHours = 12;

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane; about 30 ms on a small server. */
export const argon2 = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const;

/** So many attempts in a window, which starts with the first of them. */
export interface ThrottleLimit {
  readonly attempts: number;
  readonly windowSeconds: number;
}

/** Wrong passwords for one account: far above what a person mistypes, far below what guessing needs. */
export const loginPerAccount: ThrottleLimit = { attempts: 10, windowSeconds: 15 * 60 };
/** Failed logins from one address; higher, since a whole institute may share one. */
export const loginPerAddress: ThrottleLimit = { attempts: 60, windowSeconds: 15 * 60 };
/** Registrations from one address, taken names included: a class signs up at once, a list of addresses can't be tried. */
export const registerPerAddress: ThrottleLimit = { attempts: 100, windowSeconds: 60 * 60 };
/** Wrong current passwords when changing it. */
export const passwordChangePerAccount: ThrottleLimit = { attempts: 10, windowSeconds: 15 * 60 };

/** A token's last use is written at most this often, in seconds, so that a busy script doesn't write on every call. */
export const tokenUseResolutionSeconds = 60;

/** SSH keys and API tokens per user: beyond any person's need, bounded for the files the agent writes. */
export const maxSshKeysPerUser = 50;
export const maxApiTokensPerUser = 50;

/** Shortest RSA key that is accepted, in bits (NIST SP 800-57: good beyond 2030). */
export const minRsaBits = 3072;
/** Longest, in bits: verifying longer ones costs the SSH server more than they protect. */
export const maxRsaBits = 16_384;
