import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: ["@node-rs/argon2", "mysql2", "pino", "pino-pretty", "ssh2", "sshpk"],
};

export default config;
