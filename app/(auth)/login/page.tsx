import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { AuthFrame } from "@/components/auth/auth-frame";
import { LoginForm } from "@/components/auth/login-form";
import { type AuthPageProps, safeReturnPath } from "@/components/auth/return-path";
import { getServerContext } from "@/lib/api/server";

export const metadata: Metadata = { title: "Sign in" };

export default async function LoginPage({ searchParams }: AuthPageProps) {
  const next = safeReturnPath((await searchParams).next);
  if ((await getServerContext()).actor) redirect(next);
  return (
    <AuthFrame
      title="Sign in"
      alternative={
        <>
          New here?{" "}
          <Link
            href={{ pathname: "/signup", query: { next } }}
            className="focus-ring rounded-sm text-link underline underline-offset-4"
          >
            Create an account
          </Link>
        </>
      }
    >
      <LoginForm next={next} />
    </AuthFrame>
  );
}
