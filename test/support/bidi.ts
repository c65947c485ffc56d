// WebDriver BiDi over a web socket, as far as the tests of the page need it: Firefox speaks it without a driver.

import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { type Socket } from "node:net";

/** What a command answers, or an event tells. */
type Told = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly type: "success" | "error" | "event";
  readonly method?: string;
  readonly params?: Told;
  readonly result?: Told;
  readonly error?: string;
  readonly message?: string;
}

const TEXT = 1;
const CONTINUED = 0;
const PING = 9;
const PONG = 10;

/** A session with a browser. */
export class Bidi {
  /** What the browser told by itself: the name of each event, and what it holds. */
  readonly events: (readonly [method: string, params: Told])[] = [];
  private readonly socket: Socket;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private last = 0;
  private bytes = Buffer.alloc(0);
  private parts: Buffer[] = [];

  private constructor(socket: Socket, head: Buffer) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.take(bytes);
    });
    this.take(head);
  }

  /** Connects to `ws://127.0.0.1:PORT/session`. */
  static connect(url: string): Promise<Bidi> {
    return new Promise((resolve, reject) => {
      const asked = request(url.replace(/^ws:/, "http:"), {
        headers: {
          ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
          "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
        },
      });
      asked.once("upgrade", (_, socket, head) => {
        resolve(new Bidi(socket, head));
      });
      asked.once("response", ({ statusCode }) => {
        reject(new Error(`no web socket: HTTP ${statusCode ?? 0}`));
      });
      asked.once("error", reject);
      asked.end();
    });
  }

  /** Sends a command and waits for its result. Throws what the browser says is wrong. */
  send(method: string, params: Told = {}): Promise<Told> {
    const id = ++this.last;
    this.write(TEXT, Buffer.from(JSON.stringify({ id, method, params })));
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ type, result, error, message }) => {
        if (type === "success") resolve(result ?? {});
        else reject(new Error(`${method}: ${error ?? ""}: ${message ?? ""}`));
      });
    });
  }

  /** Ends the connection. */
  close(): void {
    this.socket.destroy();
  }

  /** One frame; a client masks what it sends. */
  private write(opcode: number, data: Buffer): void {
    const { length } = data;
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
    const mask = randomBytes(4);
    const masked = data.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
    this.socket.write(Buffer.concat([head, mask, masked]));
  }

  private take(bytes: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    for (let size = this.frame(); size > 0; size = this.frame())
      this.bytes = this.bytes.subarray(size);
  }

  /** Reads one frame; how many bytes it has, 0 = it is not there as a whole. */
  private frame(): number {
    const [first = 0, second = 0] = this.bytes;
    const short = second & 0x7f;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (this.bytes.length < head) return 0;
    const length =
      short === 127
        ? Number(this.bytes.readBigUInt64BE(2))
        : short === 126
          ? this.bytes.readUInt16BE(2)
          : short;
    if (this.bytes.length < head + length) return 0;
    this.takeFrame(first, Buffer.from(this.bytes.subarray(head, head + length)));
    return head + length;
  }

  private takeFrame(first: number, data: Buffer): void {
    const opcode = first & 0x0f;
    if (opcode === PING) this.write(PONG, data);
    if (opcode !== TEXT && opcode !== CONTINUED) return;
    this.parts.push(data);
    if ((first & 0x80) === 0) return;
    const message = JSON.parse(Buffer.concat(this.parts).toString()) as Message;
    this.parts = [];
    if (message.type === "event") this.events.push([message.method ?? "", message.params ?? {}]);
    else if (message.id !== undefined) {
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    }
  }
}
