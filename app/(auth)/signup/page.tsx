import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { AuthFrame } from "@/components/auth/auth-frame";
import { type AuthPageProps, safeReturnPath } from "@/components/auth/return-path";
import { SignupForm } from "@/components/auth/signup-form";
import { getServerContext } from "@/lib/api/server";

export const metadata: Metadata = { title: "Create account" };

export default async function SignupPage({ searchParams }: AuthPageProps) {
  const next = safeReturnPath((await searchParams).next);
  if ((await getServerContext()).actor) redirect(next);
  return (
    <AuthFrame
      title="Create an account"
      alternative={
        <>
          Have one already?{" "}
          <Link
            href={{ pathname: "/login", query: { next } }}
            className="focus-ring rounded-sm text-link underline underline-offset-4"
          >
            Sign in
          </Link>
        </>
      }
    >
      <SignupForm next={next} />
    </AuthFrame>
  );
}
