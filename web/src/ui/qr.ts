/**
 * QR codes of short texts (ISO/IEC 18004), in bytes, with error correction of level M: up to 213 bytes in the versions 1 to 10.
 * A code is a square of dark and light modules.
 */

export type Modules = boolean[][];

/** By version: bytes of error correction of a block, and the numbers of blocks with their bytes of data. */
const BLOCKS: [correction: number, ...blocks: [count: number, bytes: number][]][] = [
  [10, [1, 16]],
  [16, [1, 28]],
  [26, [1, 44]],
  [18, [2, 32]],
  [24, [2, 43]],
  [16, [4, 27]],
  [18, [4, 31]],
  [22, [2, 38], [2, 39]],
  [22, [3, 36], [2, 37]],
  [26, [4, 43], [1, 44]],
];

/** The centres of the alignment patterns by version, from the second one on. */
const ALIGNMENTS = [[6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

const POWERS: number[] = [];
const LOGS: number[] = [];
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  POWERS[exponent] = value;
  LOGS[value] = exponent;
  value = value < 128 ? value << 1 : (value << 1) ^ 0x11d;
}

function multiply(one: number, other: number): number {
  return one === 0 || other === 0 ? 0 : (POWERS[((LOGS[one] as number) + (LOGS[other] as number)) % 255] as number);
}

/** Returns the bytes of error correction for a block of data: the remainder of a division by the generator of that degree. */
function correctionOf(data: number[], degree: number): number[] {
  let generator = [1];
  for (let index = 0; index < degree; index += 1) {
    const longer = [...generator, 0];
    generator.forEach((factor, place) => {
      longer[place + 1] = (longer[place + 1] as number) ^ multiply(factor, POWERS[index] as number);
    });
    generator = longer;
  }
  const rest = [...data, ...Array.from({ length: degree }, () => 0)];
  for (let place = 0; place < data.length; place += 1) {
    const lead = rest[place] as number;
    generator.forEach((factor, index) => {
      rest[place + index] = (rest[place + index] as number) ^ multiply(factor, lead);
    });
  }
  return rest.slice(data.length);
}

/** Returns the sizes of the blocks of data of a version. */
function blockSizes(version: number): number[] {
  const [, ...groups] = BLOCKS[version - 1] as (typeof BLOCKS)[number];
  return groups.flatMap(([count, bytes]) => Array.from({ length: count }, () => bytes));
}

/** Returns the data as bytes: kind, length, content, and what fills them up. */
function dataBytes(content: Uint8Array, version: number, capacity: number): number[] {
  const bits: number[] = [];
  const push = (value: number, length: number): void => {
    for (let place = length - 1; place >= 0; place -= 1) bits.push((value >> place) & 1);
  };
  push(0b0100, 4);
  push(content.length, version < 10 ? 8 : 16);
  for (const byte of content) push(byte, 8);
  push(0, Math.min(4, capacity * 8 - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0; bits.length < capacity * 8; pad += 1) push(pad % 2 === 0 ? 0xec : 0x11, 8);
  return Array.from({ length: capacity }, (_, index) => bits.slice(index * 8, index * 8 + 8).reduce((byte, bit) => byte * 2 + bit, 0));
}

/** Returns the first bytes of all blocks, then the second ones, and so on. */
function interleave(blocks: number[][]): number[] {
  return Array.from({ length: Math.max(...blocks.map((block) => block.length)) }, (_, index) => blocks.flatMap((block) => block[index] ?? [])).flat();
}

/** Returns all bytes in the order in which they are drawn: blocks interleaved, data before error correction. */
function codewords(content: Uint8Array, version: number): number[] {
  const [degree] = BLOCKS[version - 1] as (typeof BLOCKS)[number];
  const sizes = blockSizes(version);
  const data = dataBytes(content, version, sizes.reduce((sum, size) => sum + size, 0));
  let start = 0;
  const blocks = sizes.map((size) => data.slice(start, (start += size)));
  return [...interleave(blocks), ...interleave(blocks.map((block) => correctionOf(block, degree)))];
}

const MASKS: ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/** Returns a number with the remainder of a division by a polynomial behind it. */
function withRemainder(value: number, polynomial: number, degree: number): number {
  let rest = value << degree;
  for (let place = 31 - degree; place >= 0; place -= 1) {
    if ((rest >> (place + degree)) & 1) rest ^= polynomial << place;
  }
  return (value << degree) | rest;
}

/** A code that is being drawn. Modules that are fixed by the standard are `fixed`, and no mask changes them. */
class Drawing {
  readonly size: number;
  readonly modules: Modules;
  private readonly fixed: Modules;

  constructor(readonly version: number) {
    this.size = version * 4 + 17;
    const empty = (): Modules => Array.from({ length: this.size }, () => Array.from({ length: this.size }, () => false));
    this.modules = empty();
    this.fixed = empty();
    this.drawPatterns();
  }

  private fix(row: number, column: number, dark: boolean): void {
    const [dots, fixed] = [this.modules[row], this.fixed[row]];
    if (!dots || !fixed || column < 0 || column >= this.size) return;
    dots[column] = dark;
    fixed[column] = true;
  }

  private drawPatterns(): void {
    for (let place = 8; place < this.size - 8; place += 1) {
      this.fix(6, place, place % 2 === 0);
      this.fix(place, 6, place % 2 === 0);
    }
    const last = this.size - 4;
    for (const [row, column] of [[3, 3], [3, last], [last, 3]] as const) this.drawRings(row, column, 4, [0, 1, 3]);
    const centres = ALIGNMENTS[this.version - 2] ?? [];
    const end = centres.at(-1);
    for (const row of centres)
      for (const column of centres) {
        const isFinder = (row === 6 && (column === 6 || column === end)) || (row === end && column === 6);
        if (!isFinder) this.drawRings(row, column, 2, [0, 2]);
      }
    if (this.version >= 7) this.drawVersion();
    // Reserved here, drawn with the mask.
    this.drawFormat(0);
  }

  /** Draws squares around a centre; those of these distances are dark. */
  private drawRings(row: number, column: number, reach: number, dark: number[]): void {
    for (let down = -reach; down <= reach; down += 1)
      for (let right = -reach; right <= reach; right += 1)
        this.fix(row + down, column + right, dark.includes(Math.max(Math.abs(down), Math.abs(right))));
  }

  private drawVersion(): void {
    const bits = withRemainder(this.version, 0x1f25, 12);
    for (let place = 0; place < 18; place += 1) {
      const [near, far] = [Math.floor(place / 3), this.size - 11 + (place % 3)];
      this.fix(near, far, Boolean((bits >> place) & 1));
      this.fix(far, near, Boolean((bits >> place) & 1));
    }
  }

  /** Draws which mask is used, twice. Level M is 00. */
  private drawFormat(mask: number): void {
    const bits = withRemainder(mask, 0x537, 10) ^ 0x5412;
    const bit = (place: number): boolean => Boolean((bits >> place) & 1);
    for (let place = 0; place < 15; place += 1) {
      const near = place < 6 ? place : place < 8 ? place + 1 : 14 - place;
      if (place < 8) {
        this.fix(near, 8, bit(place));
        this.fix(8, this.size - 1 - place, bit(place));
      } else {
        this.fix(8, place === 8 ? 7 : near, bit(place));
        this.fix(this.size - 15 + place, 8, bit(place));
      }
    }
    this.fix(this.size - 8, 8, true);
  }

  /** Draws bytes in the zigzag of the standard: in columns of two, up and down, from the right. */
  drawBytes(bytes: number[]): void {
    let place = 0;
    let up = true;
    for (let right = this.size - 1; right > 0; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step += 1) {
        const row = up ? this.size - 1 - step : step;
        for (const column of [right, right - 1]) {
          if (this.fixed[row]?.[column]) continue;
          (this.modules[row] as boolean[])[column] = Boolean(((bytes[place >> 3] ?? 0) >> (7 - (place & 7))) & 1);
          place += 1;
        }
      }
      up = !up;
    }
  }

  /** Inverts what a mask covers; once more takes it back. */
  applyMask(mask: number): void {
    const covers = MASKS[mask] as (typeof MASKS)[number];
    this.drawFormat(mask);
    this.modules.forEach((dots, row) => dots.forEach((dark, column) => void (!this.fixed[row]?.[column] && covers(row, column) && (dots[column] = !dark))));
  }
}

/** How hard a line is to read: long runs of one colour, and what looks like a finder pattern. */
function penaltyOfLine(line: boolean[]): number {
  let penalty = 0;
  let run = 0;
  line.forEach((dark, index) => {
    run = index > 0 && dark === line[index - 1] ? run + 1 : 1;
    if (run === 5) penalty += 3;
    else if (run > 5) penalty += 1;
  });
  const text = line.map(Number).join("");
  for (const finder of ["10111010000", "00001011101"])
    for (let at = text.indexOf(finder); at >= 0; at = text.indexOf(finder, at + 1)) penalty += 40;
  return penalty;
}

/** Returns how hard a code is to read; of the eight masks the one is used with the least. */
function penaltyOf(modules: Modules): number {
  let penalty = 0;
  let dark = 0;
  modules.forEach((line, row) => {
    penalty += penaltyOfLine(line) + penaltyOfLine(modules.map((other) => other[row] as boolean));
    line.forEach((dot, column) => {
      if (dot) dark += 1;
      const below = modules[row + 1];
      if (below && column + 1 < line.length && dot === line[column + 1] && dot === below[column] && dot === below[column + 1]) penalty += 3;
    });
  });
  const share = (dark * 100) / modules.length ** 2;
  return penalty + Math.floor(Math.abs(share - 50) / 5) * 10;
}

/** Returns the code of a text; null when the text is too long. */
export function qrCode(text: string): Modules | null {
  const content = new TextEncoder().encode(text);
  const version = BLOCKS.findIndex((_, index) => {
    const capacity = blockSizes(index + 1).reduce((sum, size) => sum + size, 0);
    return content.length <= capacity - (index + 1 < 10 ? 2 : 3);
  }) + 1;
  if (version === 0) return null;
  const drawing = new Drawing(version);
  drawing.drawBytes(codewords(content, version));
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let mask = 0; mask < MASKS.length; mask += 1) {
    drawing.applyMask(mask);
    const penalty = penaltyOf(drawing.modules);
    if (penalty < least) [best, least] = [mask, penalty];
    drawing.applyMask(mask);
  }
  drawing.applyMask(best);
  return drawing.modules;
}
