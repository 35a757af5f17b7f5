import { expect, it, vi } from "vitest";
import { uploadMemory } from "./memory";

const file = { name: "a.zip", size: 3, lastModified: 1 };

it("keeps where a file's upload goes on, apart from other files' and other competitions'", () => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  const memory = uploadMemory("one", file);
  expect(memory.recall()).toBeNull();
  memory.keep("/uploads/1");
  expect(uploadMemory("one", { ...file }).recall()).toBe("/uploads/1");
  expect(uploadMemory("two", file).recall()).toBeNull();
  expect(uploadMemory("one", { ...file, size: 4 }).recall()).toBeNull();
  memory.forget();
  expect(memory.recall()).toBeNull();
});

it("does without where the browser keeps nothing", () => {
  const refuse = () => {
    throw new Error("The operation is insecure.");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse, removeItem: refuse });
  const memory = uploadMemory("one", file);
  memory.keep("/uploads/1");
  memory.forget();
  expect(memory.recall()).toBeNull();
});
