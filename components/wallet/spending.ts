import type { SpendingView } from "@/lib/schedule/model";

/** Of the plot and of what stands in its place before it comes. */
export const spendingHeight = "h-40";

export type WeekSpending = SpendingView["weeks"][number];
