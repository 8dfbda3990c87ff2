// An app with a user's access, with Pipedrive's own Node client: code, tokens, refresh, revocation.
//
// Needs DEALWRIGHT_URL, DEALWRIGHT_CLIENT_ID, DEALWRIGHT_CLIENT_SECRET, DEALWRIGHT_REDIRECT_URI and DEALWRIGHT_CODE, a code
// from the user's consent. The last line of output is a JSON summary for the test that runs it.
"use strict";

const assert = require("node:assert/strict");
const { v1, v2 } = require("pipedrive");

const server = process.env.DEALWRIGHT_URL;
const settings = {
  clientId: process.env.DEALWRIGHT_CLIENT_ID,
  clientSecret: process.env.DEALWRIGHT_CLIENT_SECRET,
  redirectUri: process.env.DEALWRIGHT_REDIRECT_URI,
  host: server,
};

// What the client throws is the body of the answer.
async function refusal(call) {
  try {
    await call;
    return null;
  } catch (body) {
    return body.message ?? body.error;
  }
}

async function main() {
  const oauth = new v1.OAuth2Configuration(settings);
  const tokens = await oauth.authorize(process.env.DEALWRIGHT_CODE);
  assert.equal(oauth.basePath, `${server}/api/v1`);
  const users = new v1.UsersApi(new v1.Configuration({ accessToken: oauth.getAccessToken, basePath: oauth.basePath }));
  const deals = new v2.DealsApi(new v2.Configuration({ accessToken: oauth.getAccessToken, basePath: `${server}/api/v2` }));
  const me = await users.getCurrentUser();
  const deal = await deals.addDeal({ AddDealRequest: { title: "By an app" } });

  const before = oauth.accessToken;
  oauth.expiresAt = Date.now() - 1;
  const again = await users.getCurrentUser();
  assert.notEqual(oauth.accessToken, before);
  assert.equal(oauth.refreshToken, tokens.refresh_token);

  await oauth.revokeToken("access_token");
  const withoutAccess = await refusal(users.getCurrentUser());
  await oauth.tokenRefresh();
  const refreshed = await refusal(users.getCurrentUser());
  await oauth.revokeToken("refresh_token");
  const uninstalled = await refusal(users.getCurrentUser());
  const refused = await refusal(oauth.tokenRefresh());

  const summary = {
    authorization_url: oauth.authorizationUrl,
    company_domain: me.data.company_domain,
    same_user: again.data.id === me.data.id,
    title: deal.data.title,
    refusals: { withoutAccess, refreshed, uninstalled, refused },
  };
  console.log(JSON.stringify(summary));
}

main().catch((error) => {
  console.error(error.response?.data ?? error);
  process.exit(1);
});
