import { longestStandstillMs } from "./tunables";

/**
 * A body of texts, each made only when the reader wants more, so that the whole is never in memory. A reader who wants
 * nothing for long is taken to be gone: what the texts are made of is given back.
 * @param failed told of what broke off the stream; the reader sees the connection end without the last chunk
 */
export function textStream(
  texts: AsyncGenerator<string>,
  failed: (error: unknown) => void,
  standstillMs = longestStandstillMs,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let standstill: NodeJS.Timeout | undefined;
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(standstill);
        try {
          const next = await texts.next();
          if (next.done) return controller.close();
          controller.enqueue(encoder.encode(next.value));
          standstill = setTimeout(() => {
            controller.error(new Error(`Nobody has read on for ${standstillMs} ms.`));
            texts.return(undefined).catch(failed);
          }, standstillMs).unref();
        } catch (error) {
          failed(error);
          controller.error(error);
        }
      },
      async cancel() {
        clearTimeout(standstill);
        await texts.return(undefined);
      },
    },
    // Nothing is fetched ahead: each text is made when the one before has been sent.
    { highWaterMark: 0 },
  );
}
