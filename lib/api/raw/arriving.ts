import { AppError } from "@/lib/kernel/errors";

/**
 * A request's body as it comes. Who says nothing for `idleMs` is cut off, so that nobody holds a place by silence.
 * @throws AppError `invalid` where the body broke off or stood still
 */
export async function* arriving(request: Request, idleMs: number): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), idleMs);
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

async function within<T>(reading: Promise<T>, idleMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<never>((_, reject) => {
    const message = `Nothing of the file came for ${idleMs / 1000} s, so it was given up.`;
    timer = setTimeout(() => reject(new AppError("invalid", message)), idleMs);
  });
  const whole = reading.catch((cause: unknown) => {
    throw new AppError("invalid", "The file broke off before its end.", { cause });
  });
  try {
    return await Promise.race([whole, idle]);
  } finally {
    clearTimeout(timer);
    // Where the clock won, nobody else hears what becomes of the reading.
    whole.catch(() => undefined);
  }
}
