/** What a verification may take: a minute for some ten million transfers. After it another worker begins anew. ms */
export const verifyLedgerMs = 15 * 60_000;
