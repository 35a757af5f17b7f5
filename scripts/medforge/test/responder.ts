import { createSocket } from "node:dgram";
import { createServer } from "node:http";

/** Plays the internet in a network namespace of its own, for egress tests: it answers every request and every name. */
const [port, address = ""] = process.argv.slice(2);

createServer((_request, response) => response.end("medforge-test-internet\n")).listen(
  Number(port),
  "0.0.0.0",
);

const dnsPort = 53;
const headBytes = 12;
const typeA = 1;

/** The question back with `address` as its answer; with none where another type than IPv4's was asked for. RFC 1035. */
function answerTo(query: Buffer): Buffer {
  const nameEnd = query.indexOf(0, headBytes);
  const question = query.subarray(headBytes, nameEnd + 5);
  const isA = query.readUInt16BE(nameEnd + 1) === typeA;
  // Its id; a response without error; one question, perhaps an answer, nothing else.
  const head = [...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0];
  // The question's name by reference, type A, class IN, 60 s to live, 4 bytes.
  const record = [0xc0, headBytes, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)];
  return Buffer.from([...head, ...question, ...(isA ? record : [])]);
}

const names = createSocket("udp4");
names.on("message", (query, from) => names.send(answerTo(query), from.port, from.address));
names.bind(dnsPort, "0.0.0.0");
