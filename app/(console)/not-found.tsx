import { NotFoundPage } from "@/components/ui/not-found-page";

/** Gone, never there, or another's: which of them is nobody's business. */
export default function ConsoleNotFound() {
  return (
    <NotFoundPage
      heading="Not found"
      title="There is nothing of yours at this address"
      next={{ name: "Home", path: "/home" }}
    >
      It may have been deleted, belong to somebody else, or the address may have been cut short.
    </NotFoundPage>
  );
}
