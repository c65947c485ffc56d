// A real Firefox that shows the page, driven by WebDriver BiDi. Where there is none, the tests say so and are skipped.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bidi } from "../../support/bidi.js";

const PLACES = [process.env["FIREFOX"] ?? "", "/usr/bin/firefox-esr", "/usr/bin/firefox"];

/** Where Firefox is; undefined = nowhere. */
export const FIREFOX = PLACES.find((path) => path !== "" && existsSync(path));

if (FIREFOX === undefined)
  console.warn("SKIPPED: a test of the page needs Firefox (Debian: apt-get install firefox-esr)");

/** A page of the browser, in a profile of its own. */
export interface FoxPage {
  /** The value of an expression in the page. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** Waits until an expression is true. Throws after a while. */
  readonly until: (expression: string) => Promise<void>;
  /** Clicks on the one element with this role and this accessible name. */
  readonly click: (role: string, name: string) => Promise<void>;
  /** Presses keys, one after another. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
}

/** A browser. */
export interface Fox {
  /** A page in a new profile. */
  readonly open: (url: string) => Promise<FoxPage>;
  /** What pages wrote to their consoles as errors. */
  readonly faults: () => readonly string[];
  /** Ends it. */
  readonly close: () => Promise<void>;
}

const LISTENS = /WebDriver BiDi listening on (ws:\/\/\S+)/;

/** Starts it. */
export async function firefox(): Promise<Fox> {
  const profile = mkdtempSync(join(tmpdir(), "irqtwin-firefox-"));
  const child = spawn(
    FIREFOX ?? "",
    ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, HOME: profile } },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const bidi = await Bidi.connect(`${await addressOf(child.stderr)}/session`);
  await bidi.send("session.new", { capabilities: {} });
  await bidi.send("session.subscribe", { events: ["log.entryAdded"] });
  const close = async (): Promise<void> => {
    // The program that was started may have handed over to another one, which only the session reaches.
    await bidi.send("browser.close").catch(() => undefined);
    bidi.close();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { open: (url) => opened(bidi, url), faults: () => faultsOf(bidi), close };
}

function addressOf(stderr: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = "";
    stderr.on("data", (text: Buffer) => {
      told += text.toString();
      const [, url] = LISTENS.exec(told) ?? [];
      if (url !== undefined) resolve(url);
    });
    stderr.once("end", () => {
      reject(new Error(`Firefox ended: ${told}`));
    });
  });
}

async function opened(bidi: Bidi, url: string): Promise<FoxPage> {
  const { userContext } = await bidi.send("browser.createUserContext");
  const { context } = await bidi.send("browsingContext.create", { type: "window", userContext });
  await bidi.send("browsingContext.setViewport", {
    context,
    viewport: { width: 1440, height: 900 },
  });
  await bidi.send("browsingContext.navigate", { context, url, wait: "complete" });
  const evaluate = async (expression: string): Promise<unknown> => {
    const asked = { expression: `JSON.stringify(${expression})`, awaitPromise: false };
    const answer = await bidi.send("script.evaluate", { ...asked, target: { context } });
    const { value } = (answer["result"] ?? {}) as { value?: string };
    if (answer["type"] !== "success") throw new Error(`${expression} throws`);
    return value === undefined ? undefined : (JSON.parse(value) as unknown);
  };
  const until = async (expression: string): Promise<void> => {
    for (let left = 400; left > 0; left--) {
      if ((await evaluate(expression)) === true) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it never came to be: ${expression}`);
  };
  const act = (type: "key" | "pointer", actions: readonly object[]): Promise<unknown> =>
    bidi.send("input.performActions", { context, actions: [{ type, id: type, actions }] });
  const click = async (role: string, name: string): Promise<void> => {
    const locator = { type: "accessibility", value: { role, name } };
    const found = await bidi.send("browsingContext.locateNodes", { context, locator });
    const [node] = found["nodes"] as { sharedId: string }[];
    if (node === undefined) throw new Error(`there is no ${role} ${name}`);
    const origin = { type: "element", element: { sharedId: node.sharedId } };
    await act("pointer", [
      { type: "pointerMove", x: 0, y: 0, origin },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ]);
  };
  const press = async (...keys: readonly string[]): Promise<void> => {
    const each = keys.flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    await act("key", each);
  };
  return { evaluate, until, click, press };
}

function faultsOf({ events }: Bidi): readonly string[] {
  return events
    .filter(([method, { level }]) => method === "log.entryAdded" && level === "error")
    .map(([, { text }]) => String(text));
}
