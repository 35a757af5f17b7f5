export { CalendarSkeleton as default } from "@/components/schedule/calendar-skeleton";
