import { expect, test } from "vitest";
import { tokens } from "./highlight";

const kinds = (text: string, language: Parameters<typeof tokens>[1]) =>
  tokens(text, language)
    .filter((token) => token.kind !== "plain")
    .map((token) => [token.kind, token.text]);

test("the tokens of a text are the text", () => {
  const text = 'result = run("it\'s", 5)  # "no string"\nfor x in None:';
  expect(
    tokens(text, "python")
      .map((token) => token.text)
      .join(""),
  ).toBe(text);
});

test("strings win over what stands in them", () => {
  expect(kinds('print("# for 5")  # for', "python")).toEqual([
    ["name", "print"],
    ["string", '"# for 5"'],
    ["comment", "# for"],
  ]);
});

test("keys of JSON are told from its texts", () => {
  expect(kinds('{"a": "b", "c": [true, -1.5e3, null]}', "json")).toEqual([
    ["name", '"a"'],
    ["string", '"b"'],
    ["name", '"c"'],
    ["keyword", "true"],
    ["number", "-1.5e3"],
    ["keyword", "null"],
  ]);
});

test("a long text is shown plain", () => {
  expect(tokens("1".repeat(300_000), "json")).toHaveLength(1);
});
