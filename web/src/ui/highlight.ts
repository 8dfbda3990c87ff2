/** Tells the words of short pieces of code apart, in one pass over the text. */

export type Language = "python" | "shell" | "json" | "text";
export type TokenKind = "plain" | "keyword" | "string" | "number" | "name" | "comment";
export interface Token {
  kind: TokenKind;
  text: string;
}

const WORDS: Record<Language, RegExp | null> = {
  python: /(?<comment>#[^\n]*)|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<number>\b\d[\d_]*(?:\.\d+)?\b)|(?<keyword>\b(?:and|as|break|class|continue|def|elif|else|except|False|finally|for|from|if|import|in|is|lambda|None|not|or|pass|raise|return|True|try|while|with|yield)\b)|(?<name>\b[A-Za-z_]\w*(?=\())/g,
  shell: /(?<comment>(?<=^|\s)#[^\n]*)|(?<string>"(?:[^"\\]|\\.)*"|'[^']*')|(?<keyword>(?<=\s)--?[A-Za-z][\w-]*)|(?<name>^\w+)/gm,
  json: /(?<name>"(?:[^"\\\n]|\\.)*"(?=\s*:))|(?<string>"(?:[^"\\\n]|\\.)*")|(?<number>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?<keyword>\b(?:true|false|null)\b)/g,
  text: null,
};

/** More than this is shown plain, so that a large answer does not hold up the page. */
const MAX_LENGTH = 200_000;

/** Returns the tokens of a text, in their order; together they are the text. */
export function tokens(text: string, language: Language): Token[] {
  const words = WORDS[language];
  if (!words || text.length > MAX_LENGTH) return [{ kind: "plain", text }];
  const found: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(words)) {
    if (match.index > end) found.push({ kind: "plain", text: text.slice(end, match.index) });
    const kind = Object.entries(match.groups ?? {}).find(([, word]) => word !== undefined)?.[0] as TokenKind;
    found.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: "plain", text: text.slice(end) });
  return found;
}
