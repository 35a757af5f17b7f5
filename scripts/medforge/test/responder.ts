import { createServer } from "node:http";

/** Answers every request, in a network namespace that plays the internet for egress tests. */
createServer((_request, response) => response.end("medforge-test-internet\n")).listen(
  Number(process.argv[2]),
  "0.0.0.0",
);
