import { logout } from "@/app/(auth)/actions";
import { beginSignOut, endSignOut, leaveWhenSignedOut, statusOf } from "@/components/auth/signed-out";
import { called } from "@/components/forms/called";
import { toast } from "@/components/ui/toast-store";

/** Signs out; who is still signed in afterwards is told so. Run it in a transition: it leads to another page. */
export async function signOut(): Promise<void> {
  beginSignOut();
  const result = await called(logout);
  endSignOut();
  if (result.ok) return;
  leaveWhenSignedOut(result);
  if (statusOf(result) !== 401)
    toast.error("You are still signed in", { description: result.problem.detail });
}
