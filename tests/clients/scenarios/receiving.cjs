// What scenarios on Node share: waiting for something, and receiving what a server sends.
"use strict";

const { createServer } = require("node:http");

// Waits until something is there, and returns it.
async function until(look) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not come");
}

// Opens a server that keeps what it is sent; returns its address and the requests, which grow.
async function openReceiver() {
  const requests = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    requests.push({ url: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString()) });
    response.end("{}");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, requests };
}

module.exports = { openReceiver, until };
