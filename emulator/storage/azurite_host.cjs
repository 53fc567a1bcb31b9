// Runs the blob service of Azurite with storage accounts that come and change while it runs.
//
// Azurite reads its accounts and their keys from an environment variable at the start. Here they
// come as JSON lines on stdin instead ({"account": ..., "keys": [...]}, no keys to forget one), so
// that a key is never in an argument or an environment. Each line is answered on stdout, the first
// answer tells the port. The end of stdin ends the process: it never outlives its parent.
"use strict";

const path = require("path");
const readline = require("readline");

const [packageDirectory, location, certFile, keyFile] = process.argv.slice(2);
const load = (module) => require(path.join(packageDirectory, "dist", "src", module)).default;

const AccountDataStore = load("common/AccountDataStore");
const BlobConfiguration = load("blob/BlobConfiguration");
const BlobServer = load("blob/BlobServer");

const accounts = new Map();
AccountDataStore.prototype.getAccount = (name) => accounts.get(name);
AccountDataStore.prototype.refresh = () => undefined;

function setAccount({ account, keys }) {
  if (!keys || keys.length === 0) {
    accounts.delete(account);
    return;
  }
  const [key1, key2] = keys.map((key) => Buffer.from(key, "base64"));
  accounts.set(account, { name: account, key1, key2 });
}

function answer(document) {
  process.stdout.write(JSON.stringify(document) + "\n");
}

async function main() {
  const keepAliveSeconds = 60;
  const server = new BlobServer(
    new BlobConfiguration(
      "127.0.0.1",
      0,
      keepAliveSeconds,
      path.join(location, "blobs.json"),
      path.join(location, "extents.json"),
      [{ locationId: "Default", locationPath: path.join(location, "extents"), maxConcurrency: 50 }],
      false, // access log
      undefined,
      false, // debug log
      undefined,
      false, // loose
      true, // accept every x-ms-version
      certFile,
      keyFile,
      "",
      undefined,
      false, // an account may be in the host name
    ),
  );
  await server.start();
  answer({ port: server.httpServer.address().port });

  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    setAccount(JSON.parse(line));
    answer({ ok: true });
  });
  lines.on("close", async () => {
    server.httpServer.closeAllConnections();
    await server.close(); // writes what it holds in memory
    process.exit(0);
  });
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
