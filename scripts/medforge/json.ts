/** What a text holds, or undefined where it is no JSON: a power cut leaves files empty or half written. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
