export * from "./audit";
export * from "./auth";
export * from "./changes";
export * from "./fleet";
export * from "./sessions";
export * from "./settings";
export * from "./workspaces";
