import { logout } from "@/app/(auth)/actions";
import { called } from "@/components/forms/called";
import { toast } from "@/components/ui/toast-store";

/** Signs out; who is still signed in afterwards is told so. Run it in a transition: it leads to another page. */
export async function signOut(): Promise<void> {
  const result = await called(logout);
  if (!result.ok) toast.error("You are still signed in", { description: result.problem.detail });
}
