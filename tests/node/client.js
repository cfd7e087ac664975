// The provider's side of a call, with the WebSocket client that the original Node sample was written with.
//
//     node client.js ws://127.0.0.1:8000/socket speech-8000.wav speech-16000.wav ...
//
// Streams each recording as a call of its own, all at the same time: the first text message, then one 20 ms frame
// per message when it is due, the last one padded, then a Close frame. Prints a JSON array with one object for each:
// what was sent when, and what came back when (seconds of a monotonic clock, payloads in base64).

"use strict";

const fs = require("fs");
const path = require("path");
const { client: WebSocketClient } = require("websocket");

const FRAME_SECONDS = 0.02;
const DEADLINE_SECONDS = 10;

const now = () => performance.now() / 1000;

// The chunks of a WAV file by name; of a chunk only its content.
function chunksOf(file) {
  const riff = fs.readFileSync(file);
  const chunks = {};
  for (let at = 12; at < riff.length; ) {
    const size = riff.readUInt32LE(at + 4);
    chunks[riff.toString("latin1", at, at + 4)] = riff.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  return chunks;
}

function framesOf(audio, size) {
  const frames = [];
  for (let start = 0; start < audio.length; start += size) {
    const frame = Buffer.alloc(size);
    audio.copy(frame, 0, start, start + size);
    frames.push(frame);
  }
  return frames;
}

// Send each frame when it is due, by deadlines, so that no delay adds up.
function sendPaced(connection, frames, sentAt) {
  const began = now();
  const next = () => {
    sentAt.push(now());
    connection.sendBytes(frames[sentAt.length - 1]);
    if (sentAt.length < frames.length) {
      const due = began + sentAt.length * FRAME_SECONDS;
      setTimeout(next, Math.max(0, due - now()) * 1000);
    }
  };
  next();
}

function stream(connection, file, done) {
  const chunks = chunksOf(file);
  const rate = chunks["fmt "].readUInt32LE(4);
  const frames = framesOf(chunks.data, rate / 25);
  const call = { rate, port: connection.socket.localPort, subprotocol: connection.protocol };
  Object.assign(call, { sent_at: [], came: [], came_at: [], texts: 0 });
  connection.on("message", (message) => {
    if (message.type !== "binary") {
      call.texts += 1;
      return;
    }
    call.came_at.push(now());
    call.came.push(message.binaryData.toString("base64"));
    if (call.came.length === frames.length) connection.close();
  });
  connection.on("close", () => done(call));
  const first = { event: "websocket:connected", "content-type": `audio/l16;rate=${rate}` };
  first.file = path.basename(file);
  connection.sendUTF(JSON.stringify(first));
  sendPaced(connection, frames, call.sent_at);
}

function callWith(url, file) {
  return new Promise((resolve, reject) => {
    const client = new WebSocketClient();
    client.on("connectFailed", reject);
    client.on("connect", (connection) => stream(connection, file, resolve));
    client.connect(url, "WSBRIDGE", "http://127.0.0.1");
  });
}

const [url, ...files] = process.argv.slice(2);
const tooLate = setTimeout(() => process.exit(3), DEADLINE_SECONDS * 1000);
Promise.all(files.map((file) => callWith(url, file)))
  .then((calls) => process.stdout.write(JSON.stringify(calls) + "\n"))
  .catch((error) => {
    process.stderr.write(`${error}\n`);
    process.exitCode = 2;
  })
  .finally(() => clearTimeout(tooLate));
