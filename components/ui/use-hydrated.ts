import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/**
 * Whether React has taken over what the server rendered. What is typed or chosen before is lost where React says what a
 * control holds: those take nothing until then.
 */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
