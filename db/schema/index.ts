export * from "./audit";
export * from "./auth";
export * from "./changes";
export * from "./fleet";
export * from "./notices";
export * from "./sessions";
export * from "./telemetry";
export * from "./workspaces";
