import { unzipSync } from "fflate";
import { mostBytes, NotShown } from "./bytes";

/** A case's mask out of a submission, as it lies there. @throws NotShown */
export function maskIn(zip: Uint8Array, id: string): Uint8Array {
  let tooLarge = false;
  const wanted = [`${id}.nii.gz`, `${id}.nii`];
  const entries = entriesOf(zip, ({ name, originalSize }) => {
    if (!wanted.includes(name)) return false;
    tooLarge = originalSize > mostBytes.unpacked;
    return !tooLarge;
  });
  const [mask] = Object.values(entries);
  if (mask) return mask;
  throw new NotShown(
    tooLarge ? "This case's mask is too large to be shown here." : "The submission has no mask of this case.",
  );
}

function entriesOf(zip: Uint8Array, filter: (entry: { name: string; originalSize: number }) => boolean) {
  try {
    return unzipSync(zip, { filter });
  } catch (cause) {
    throw new NotShown("The submission could not be read as a zip.", { cause });
  }
}
