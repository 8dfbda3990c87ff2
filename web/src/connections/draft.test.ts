import { describe, expect, it } from "vitest";
import { isPlain, missingCredentials, NEW_DRAFT, proposedName, toConnection, toConsent } from "./draft";

describe("a connection that is about to be added", () => {
  it("asks for what its kind needs", () => {
    expect(Object.keys(missingCredentials("pipedrive-oauth", NEW_DRAFT))).toEqual(["client_id", "client_secret"]);
    expect(Object.keys(missingCredentials("server-token", NEW_DRAFT))).toEqual(["token", "url"]);
    expect(missingCredentials("pipedrive-token", { ...NEW_DRAFT, token: "x" })).toEqual({});
    expect(Object.keys(missingCredentials("pipedrive-token", { ...NEW_DRAFT, token: "  " }))).toEqual(["token"]);
  });

  it("proposes a name", () => {
    expect(proposedName("server-token", { ...NEW_DRAFT, url: "https://crm.example.com/v1" })).toBe("crm.example.com");
    expect(proposedName("pipedrive-token", { ...NEW_DRAFT, domain: "acme" })).toBe("acme");
    expect(proposedName("pipedrive-oauth", NEW_DRAFT)).toBe("pipedrive");
  });

  it("sends names of actions with chosen ones only, and an address to servers only", () => {
    const draft = { ...NEW_DRAFT, name: " work ", token: " t ", url: "https://x", permits: { kind: "read" as const, actions: ["v1.get_deals"] } };
    expect(toConnection("pipedrive-token", draft)).toMatchObject({ name: "work", token: "t", url: null, permits: { kind: "read", actions: [] } });
    expect(toConsent("server-oauth", draft)).toMatchObject({ provider: "https://x" });
    expect(toConsent("pipedrive-oauth", draft)).not.toHaveProperty("provider");
  });

  it("knows addresses without encryption", () => {
    expect(isPlain({ ...NEW_DRAFT, url: " HTTP://x" })).toBe(true);
    expect(isPlain({ ...NEW_DRAFT, url: "https://x" })).toBe(false);
  });
});
