import "server-only";
import { ORPCError } from "@orpc/server";
import { notFound } from "next/navigation";
import { AppError } from "@/lib/kernel/errors";

/** The page of a thing that isn't there, isn't yours, or whose id can't be one: all three look the same. */
export async function orNotFound<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") notFound();
    if (error instanceof ORPCError && error.code === "BAD_REQUEST") notFound();
    throw error;
  }
}
