import { texts } from "../texts";

const t = texts.settingsPages.sessions;

// The first that fits: browsers name those that they were made of, too.
const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/HeadlessChrome\/|Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** Returns what people call a browser that names itself so. */
export function browserName(userAgent: string | null): string {
  const find = (known: [RegExp, string][]): string | undefined => known.find(([pattern]) => userAgent && pattern.test(userAgent))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (browser && system) return t.on(browser, system);
  return browser ?? system ?? userAgent?.split(/[\s/]/)[0] ?? t.unknown;
}
