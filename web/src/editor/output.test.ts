import { describe, expect, it } from "vitest";
import type { OutputPiece } from "../api/editor";
import { withPieces } from "./output";

const piece = (text: string, stream: "out" | "err" = "out"): OutputPiece => ({ position: 1, time: "2026-11-27T10:47:12Z", stream, text });

const texts = (pieces: OutputPiece[]): string[] => withPieces([], pieces).map(({ text, isError }) => (isError ? `! ${text}` : text));

describe("withPieces", () => {
  it("joins lines that pieces cut", () => {
    expect(texts([piece("one\ntw"), piece("o\nthree\n")])).toEqual(["one", "two", "three"]);
    expect(withPieces(withPieces([], [piece("a")]), [piece("b\n")])).toMatchObject([{ text: "ab", isOpen: false }]);
  });

  it("keeps the two streams apart", () => {
    expect(texts([piece("half"), piece("Traceback\n", "err"), piece(" rest\n")])).toEqual(["half", "! Traceback", " rest"]);
  });

  it("keeps empty lines, and shows what a progress bar wrote last", () => {
    expect(texts([piece("a\n\nb\r\n 10 %\r 20 %\n")])).toEqual(["a", "", "b", " 20 %"]);
  });
});
