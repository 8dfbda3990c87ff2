// What apps of messengers and video calls do, with Pipedrive's own Node client: as an app, with a user's access.
"use strict";

const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const { one, run, word } = require("./sdk.cjs");

async function main() {
  const me = await one.getCurrentUser();
  const provider_channel_id = `${word}/shop`;
  const channel = await one.addChannel({ AddChannelRequest: { name: word, provider_channel_id } });
  assert.equal(channel.provider_channel_id, provider_channel_id);
  const message = {
    id: `${word}-1`,
    channel_id: provider_channel_id,
    sender_id: "a-customer",
    conversation_id: `${word}-talk`,
    message: "Are you open?",
    status: "sent",
    created_at: new Date().toISOString(),
  };
  const received = await one.receiveMessage({ ReceiveMessageRequest: message });
  assert.deepEqual([received.id, received.message], [message.id, message.message]);
  const place = { channel_id: channel.id, conversation_id: message.conversation_id };
  await one.answer.deleteConversation(place);
  await one.answer.deleteChannel({ id: channel.id });
  // It is gone, and so is a message to it.
  await one.refusal.receiveMessage({ ReceiveMessageRequest: message });

  const id = randomUUID();
  const link = { user_provider_id: id, user_id: me.id, company_id: me.company_id, marketplace_client_id: process.env.DEALWRIGHT_CLIENT_ID };
  await one.answer.saveUserProviderLink({ AddUserProviderLinkRequest: link });
  await one.answer.deleteUserProviderLink({ id });
  await one.refusal.deleteUserProviderLink({ id });
  return {};
}

run(main);
