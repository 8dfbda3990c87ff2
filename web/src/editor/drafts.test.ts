// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { draftsOf, keepDraft, readDraft } from "./drafts";

const OWNER = { company: 1, user: 2 };

describe("drafts", () => {
  beforeEach(() => localStorage.clear());

  it("are kept for each user and script, until they are removed", () => {
    keepDraft(OWNER, 7, { code: "print(1)", after: 3 });
    expect(readDraft(OWNER, 7)).toEqual({ code: "print(1)", after: 3 });
    expect(readDraft({ company: 1, user: 3 }, 7)).toBeNull();
    expect(readDraft(OWNER, "new")).toBeNull();
    expect([...draftsOf(OWNER)]).toEqual([7]);
    keepDraft(OWNER, 7, null);
    expect(readDraft(OWNER, 7)).toBeNull();
  });

  it("of another form are none", () => {
    localStorage.setItem("dealwright.editor.draft.1.2.7", '{"text": 1}');
    expect(readDraft(OWNER, 7)).toBeNull();
    localStorage.setItem("dealwright.editor.draft.1.2.7", "{");
    expect(readDraft(OWNER, 7)).toBeNull();
  });
});
