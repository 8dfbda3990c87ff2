import { describe, expect, it } from "vitest";
import { qrCode } from "./qr";

const FINDER = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"];

function lines(text: string): string[] {
  return (qrCode(text) ?? []).map((line) => line.map(Number).join(""));
}

describe("QR codes", () => {
  it("grow with the text, up to what ten versions hold", () => {
    expect(lines("x".repeat(14))).toHaveLength(21);
    expect(lines("x".repeat(15))).toHaveLength(25);
    expect(lines("x".repeat(213))).toHaveLength(57);
    expect(qrCode("x".repeat(214))).toBeNull();
  });

  it("have finder patterns in three corners", () => {
    const code = lines("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP");
    const size = code.length;
    expect(code.slice(0, 7).map((line) => line.slice(0, 7))).toEqual(FINDER);
    expect(code.slice(0, 7).map((line) => line.slice(size - 7))).toEqual(FINDER);
    expect(code.slice(size - 7).map((line) => line.slice(0, 7))).toEqual(FINDER);
  });

  it("are those that readers were seen to read", () => {
    expect(lines("Dealwright")).toMatchInlineSnapshot(`
      [
        "111111100110001111111",
        "100000101011001000001",
        "101110100101101011101",
        "101110100011101011101",
        "101110101011101011101",
        "100000100011001000001",
        "111111101010101111111",
        "000000000100000000000",
        "101010100000100010010",
        "100101000111000110011",
        "011111111001010111111",
        "001101000001100000010",
        "101000100101000000011",
        "000000001010011111010",
        "111111100110101111111",
        "100000100110000110011",
        "101110101100110010000",
        "101110100111000010110",
        "101110101001001110101",
        "100000100001110010010",
        "111111101011001111011",
      ]
    `);
  });
});
