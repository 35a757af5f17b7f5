import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  // The release holds the checkout's files only, whatever lies in the folders above it.
  outputFileTracingRoot: fileURLToPath(new URL(".", import.meta.url)),
  // A release is built from other sources each time, or not at all: writing the cache took a third of a build.
  experimental: { turbopackFileSystemCacheForBuild: false },
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: ["@node-rs/argon2", "mysql2", "pino", "ssh2"],
  // `./medforge test` checks the types of everything; a production build need not do it again.
  typescript: { ignoreBuildErrors: true },
};

export default config;
