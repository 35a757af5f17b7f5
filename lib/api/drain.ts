/** How much of a refused body is still read and thrown away, in bytes, and for how long, in ms. */
export interface Patience {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * With whom the lab knows. A client that is answered while it sends may lose the answer; past this much it is, since nobody
 * wants to send gigabytes to hear "no".
 */
export const patient: Patience = { bytes: 256 * 1024 * 1024, ms: 60_000 };
/** With everybody else: as much as a proxy holds on its way anyway. */
export const brief: Patience = { bytes: 4 * 1024 * 1024, ms: 5_000 };

/**
 * Reads on, without keeping anything, until the body or patience ends; never throws. What is left is left unread: to cancel
 * it would close the connection under the answer.
 */
export async function drain(body: ReadableStream<Uint8Array> | null, most: Patience): Promise<void> {
  if (body === null || body.locked) return;
  const reader = body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), most.ms);
  });
  try {
    for (let read = 0; read <= most.bytes; ) {
      const piece = await Promise.race([reader.read(), patience]);
      if (piece === null || piece.done) return;
      read += piece.value.byteLength;
    }
  } catch {
    // The sender is gone: there is nobody left to be told.
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
}
