import { describe, expect, it } from "vitest";
import { browserName } from "./browsers";

describe("browserName", () => {
  it("names the browser and not what it was made of", () => {
    expect(browserName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0")).toBe("Edge on Windows");
    expect(browserName("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1")).toBe("Safari on iOS");
    expect(browserName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox on Linux");
  });

  it("says what there is of others", () => {
    expect(browserName("curl/8.9")).toBe("curl");
    expect(browserName(null)).toBe("Unknown browser");
  });
});
