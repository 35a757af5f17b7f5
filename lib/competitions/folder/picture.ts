import { type PictureType, pictureTypes } from "../model";
import type { Findings } from "./problems";
import { digestedFile, type FolderFile, readPlain, sizeOf, type Tree } from "./tree";

export interface Picture {
  readonly file: FolderFile;
  readonly type: PictureType;
}

/** Of a picture, in bytes: lists show many at once. */
const mostBytes = 2 * 2 ** 20;

const nameOf = (type: PictureType) => `picture.${type}`;

export const pictureNames = pictureTypes.map(nameOf);

/** The picture that the folder has for lists; null where there is none, or one that is refused. */
export async function readPicture(tree: Tree, findings: Findings): Promise<Picture | null> {
  const [type, ...more] = pictureTypes.filter((each) => tree.names.includes(nameOf(each)));
  if (type === undefined) return null;
  const name = nameOf(type);
  for (const other of more) findings.add(nameOf(other), `There is a ${name}: one of them is enough.`);
  const size = await sizeOf(tree, name);
  if (size > mostBytes) findings.add(name, `It has more than ${mostBytes} bytes: ${size}.`);
  else if (typeOf(await firstBytes(tree, name)) === type)
    return { file: await digestedFile(tree, name, name), type };
  else findings.add(name, `It is no ${type.toUpperCase()} by its first bytes.`);
  return null;
}

/** As many as tell what it is. */
async function firstBytes(tree: Tree, name: string): Promise<Buffer> {
  for await (const chunk of readPlain(tree, name)) return Buffer.from(chunk.subarray(0, 12));
  return Buffer.alloc(0);
}

/** By the signatures of PNG (ISO 15948 §5.2), JPEG (ISO 10918-1, SOI and the next marker) and WebP (RFC 9649 §2.4). */
function typeOf(bytes: Buffer): PictureType | null {
  const hex = bytes.toString("hex");
  if (hex.startsWith("89504e470d0a1a0a")) return "png";
  if (hex.startsWith("ffd8ff")) return "jpg";
  return /^52494646.{8}57454250$/.test(hex) ? "webp" : null;
}
