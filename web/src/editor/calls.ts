/** Finds the call of an action around a position in Python, and what stands there: its connection, its action, or a part of its parameters. */

const NAME = "run_connection_action";
const ARGUMENTS = ["connection_name", "action_name", "params"] as const;

/** Calls inside of calls are looked at from the inside out, so many at most. */
const MAX_NESTED = 8;

/** A call is read so far at most. */
const MAX_LENGTH = 20_000;

export type Argument = (typeof ARGUMENTS)[number];

/** Where a position is in a call. */
export interface Place {
  argument: Argument;
  /** The keys of the dictionaries around it: `["data"]` in the body. */
  path: string[];
  /** The key whose value stands there; null at a key, or where one may be written. */
  key: string | null;
  /** The text there, between its quotes if it has any. */
  from: number;
  to: number;
  text: string;
  isQuoted: boolean;
  connection: string | null;
  action: string | null;
  /** The keys that stand in the same dictionary. */
  siblings: string[];
}

/** A bracket that is open: the call's own, or one inside of its arguments. */
interface Level {
  open: string;
  /** In a dictionary the key that was read, once a colon has followed it. */
  key: string | null;
  /** The last text that was read, which may turn out to be a key. */
  text: string | null;
  keys: string[];
}

type Found = Omit<Place, "connection" | "action">;

interface Quoted {
  from: number;
  to: number;
  end: number;
}

/** Returns where a text in quotes begins and ends; one that nobody has closed ends with its line. */
function quotedAt(code: string, start: number, limit: number): Quoted {
  const quote = code.charAt(start);
  const isLong = code.startsWith(quote.repeat(3), start);
  const from = start + (isLong ? 3 : 1);
  let at = from;
  while (at < limit) {
    const letter = code.charAt(at);
    if (letter === "\\") at += 2;
    else if (isLong ? code.startsWith(quote.repeat(3), at) : letter === quote) return { from, to: at, end: at + (isLong ? 3 : 1) };
    else if (letter === "\n" && !isLong) break;
    else at += 1;
  }
  return { from, to: Math.min(at, limit), end: Math.min(at, limit) };
}

/** Reads one call, from behind its bracket to its end or that of the code. */
class CallReader {
  private readonly levels: Level[] = [{ open: "(", key: null, text: null, keys: [] }];
  private index = 0;
  private keyword: string | null = null;
  private readonly values: Partial<Record<Argument, string>> = {};
  private found: Found | null = null;
  private sawPosition = false;

  constructor(
    private readonly code: string,
    private readonly start: number,
    private readonly position: number,
  ) {}

  /** Returns where the position is in this call; null if it is not in it. */
  read(): Place | null {
    const limit = Math.min(this.code.length, this.start + MAX_LENGTH);
    let at = this.start;
    while (at < limit && this.levels.length > 0) {
      // Between words and brackets something may be written.
      if (at >= this.position) this.see(this.position, this.position, "", false);
      at = this.step(at, limit);
    }
    if (this.levels.length > 0 && at >= this.position) this.see(this.position, this.position, "", false);
    return this.found && { ...this.found, connection: this.values.connection_name ?? null, action: this.values.action_name ?? null };
  }

  /** Takes what stands at a place, and returns where the next begins. */
  private step(at: number, limit: number): number {
    const letter = this.code.charAt(at);
    const level = this.levels.at(-1) as Level;
    if (letter === '"' || letter === "'") return this.takeText(quotedAt(this.code, at, limit), level);
    if (letter === "#") {
      const end = this.code.indexOf("\n", at);
      return end === -1 ? limit : end;
    }
    if ("([{".includes(letter)) this.levels.push({ open: letter, key: null, text: null, keys: [] });
    else if (")]}".includes(letter)) this.levels.pop();
    else if (letter === ",") this.endPart(level);
    else if (letter === ":" && level.open === "{") [level.key, level.text] = [level.text, null];
    else if (/\w/.test(letter)) return this.takeWord(at, limit);
    return at + 1;
  }

  private endPart(level: Level): void {
    [level.key, level.text] = [null, null];
    if (this.levels.length > 1) return;
    this.index += 1;
    this.keyword = null;
  }

  private takeWord(at: number, limit: number): number {
    let end = at;
    while (end < limit && /\w/.test(this.code.charAt(end))) end += 1;
    let after = end;
    while (after < limit && " \t".includes(this.code.charAt(after))) after += 1;
    if (this.levels.length === 1 && this.code.charAt(after) === "=" && this.code.charAt(after + 1) !== "=") this.keyword = this.code.slice(at, end);
    if (at < this.position && this.position <= end) {
      // A key may be begun without its quotes; any other word is a name.
      const level = this.levels.at(-1) as Level;
      if (level.open === "{" && level.key === null) this.see(at, end, this.code.slice(at, end), false);
      this.sawPosition = true;
    }
    return end;
  }

  private takeText({ from, to, end }: Quoted, level: Level): number {
    const text = this.code.slice(from, to);
    if (from <= this.position && this.position <= to) this.see(from, to, text, true);
    level.text = text;
    if (level.open === "{" && level.key === null) level.keys.push(text);
    const argument = this.argument();
    if (this.levels.length === 1 && argument) this.values[argument] ??= text;
    return end;
  }

  private argument(): Argument | null {
    const name = this.keyword ?? ARGUMENTS[this.index];
    return ARGUMENTS.find((one) => one === name) ?? null;
  }

  private see(from: number, to: number, text: string, isQuoted: boolean): void {
    if (this.sawPosition) return;
    this.sawPosition = true;
    const argument = this.argument();
    const level = this.levels.at(-1) as Level;
    const above = this.levels.slice(1, -1);
    const isInCall = this.levels.slice(1).every(({ open }) => open === "{" || open === "[");
    if (!argument || !isInCall) return;
    const path = above.flatMap(({ key }) => (key === null ? [] : [key]));
    this.found = { argument, path, key: level.key, from, to, text, isQuoted, siblings: level.keys };
  }
}

/** Returns where a position is in a call of `run_connection_action`; null outside of calls. */
export function placeAt(code: string, position: number): Place | null {
  let before = position;
  for (let tries = 0; tries < MAX_NESTED && before > 0; tries++) {
    const start = code.lastIndexOf(`${NAME}(`, before - 1);
    if (start === -1) return null;
    const inside = start + NAME.length + 1;
    const place = inside <= position ? new CallReader(code, inside, position).read() : null;
    if (place) return place;
    before = start;
  }
  return null;
}
