import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followChanges } from "./changes";

/** Streams that were opened, with what tells them something. */
const opened: FakeSource[] = [];

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 1;
  constructor(readonly url: string) {
    super();
    opened.push(this);
  }
  tell(name: string, id: string, data: unknown = {}): void {
    this.dispatchEvent(Object.assign(new MessageEvent(name, { data: JSON.stringify(data), lastEventId: id })));
  }
  close(): void {
    this.readyState = 2;
  }
}

/** Locks as browsers have them: the next gets one when the one before lets it go. */
function fakeLocks(): { request: LockManager["request"] } {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_name: string, { signal }: LockOptions, hold: () => Promise<void>): Promise<void> => {
    const mine = last.then(() => (signal?.aborted ? undefined : hold()));
    last = mine;
    return mine;
  };
  return { request: request as unknown as LockManager["request"] };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const ends: (() => void)[] = [];

function openTab(): QueryClient {
  const queries = new QueryClient();
  ends.push(followChanges(queries, "1.1"));
  return queries;
}

beforeEach(() => {
  opened.length = 0;
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("navigator", { locks: fakeLocks() });
});

afterEach(() => {
  for (const end of ends.splice(0)) end();
  vi.unstubAllGlobals();
});

describe("the change stream", () => {
  it("is one for ten tabs, and goes on in another tab where the first one ended", async () => {
    for (let tab = 0; tab < 10; tab += 1) openTab();
    await soon();
    expect(opened.map(({ url }) => url)).toEqual(["/app/api/changes"]);
    opened[0]?.tell("ready", "41");
    opened[0]?.tell("change", "42", { object: "deal", id: 7, action: "change" });
    await soon();
    ends.shift()?.();
    await soon();
    expect(opened.map(({ url }) => url)).toEqual(["/app/api/changes", "/app/api/changes?after=42"]);
  });

  it("marks what was read of changed records as old in all tabs, and nothing else", async () => {
    const tabs = [openTab(), openTab()];
    for (const queries of tabs)
      for (const key of [["records", "deal", 7], ["records", "person"], ["session"]]) queries.setQueryData(key, 1);
    await soon();
    opened[0]?.tell("change", "42", { object: "deal", id: 7, action: "change" });
    await vi.waitFor(() => {
      for (const queries of tabs) expect(queries.getQueryState(["records", "deal", 7])?.isInvalidated).toBe(true);
    });
    for (const queries of tabs) expect(queries.getQueryState(["records", "person"])?.isInvalidated).toBe(false);
    opened[0]?.tell("reset", "50");
    await vi.waitFor(() => expect(tabs[1]?.getQueryState(["records", "person"])?.isInvalidated).toBe(true));
    expect(tabs[0]?.getQueryState(["session"])?.isInvalidated).toBe(false);
  });
});
