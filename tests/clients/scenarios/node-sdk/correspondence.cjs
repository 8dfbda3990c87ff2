// Notes, files, mail and calls, with Pipedrive's own Node client.
"use strict";

const assert = require("node:assert/strict");
const { File } = require("node:buffer");
const { one, two, run, word } = require("./sdk.cjs");

const ids = (records) => (records ?? []).map((record) => record.id);

async function notes(deal_id) {
  const { id } = await one.addNote({ AddNoteRequest: { content: "First", deal_id } });
  await one.updateNote({ id, NoteRequest: { content: "Second", pinned_to_deal_flag: 1 } });
  const note = await one.getNote({ id });
  assert.deepEqual([note.content, note.pinned_to_deal_flag], ["Second", true]);
  assert.deepEqual(ids(await one.getNotes({ deal_id })), [id]);

  const comment = await one.addNoteComment({ id, CommentPostPutObject: { content: "Really?" } });
  const place = { id, commentId: comment.uuid };
  await one.updateCommentForNote({ ...place, CommentPostPutObject: { content: "Indeed" } });
  assert.equal((await one.getComment(place)).content, "Indeed");
  assert.deepEqual((await one.getNoteComments({ id })).map((each) => each.uuid), [comment.uuid]);
  await one.deleteComment(place);
  assert.deepEqual((await one.getNoteComments({ id })) ?? [], []);
  await one.deleteNote({ id });
  assert.deepEqual(ids(await one.getNotes({ deal_id })), []);
}

async function files(deal_id) {
  const file = await one.addFile({ file: new File(["text"], "draft.txt"), deal_id });
  await one.updateFile({ id: file.id, name: "final.txt", description: "Signed" });
  const read = await one.getFile({ id: file.id });
  assert.deepEqual([read.name, read.description], ["final.txt", "Signed"]);
  assert.ok(ids(await one.getFiles({ sort: "id DESC" })).includes(file.id));
  const place = { item_type: "deal", item_id: deal_id, remote_location: "googledrive" };
  const remote = await one.addFileAndLinkIt({ ...place, file_type: "gdoc", title: `${word} contract` });
  const linked = await one.linkFileToItem({ ...place, remote_id: `${word}-remote` });
  assert.deepEqual([remote.remote_location, linked.remote_id], ["googledocs", `${word}-remote`]);
  const found = ids(await one.getDealFiles({ id: deal_id })).sort();
  assert.deepEqual(found, [file.id, remote.id, linked.id].sort());
  await one.deleteFile({ id: file.id });
  assert.ok(!ids(await one.getDealFiles({ id: deal_id })).includes(file.id));
}

// In the demo company there is mail; the last thread is the one that goes.
async function mail(deal_id) {
  const threads = await one.getMailThreads({ folder: "inbox", limit: 500 });
  const { id } = threads.at(-1);
  assert.equal((await one.getMailThread({ id })).id, id);
  const messages = await one.getMailThreadMessages({ id });
  const message = await one.getMailMessage({ id: messages[0].id, include_body: 1 });
  assert.deepEqual([message.mail_thread_id, typeof message.body], [id, "string"]);
  await one.updateMailThreadDetails({ id, deal_id, read_flag: 1, shared_flag: 1 });
  const changed = await one.getMailThread({ id });
  assert.deepEqual([changed.deal_id, changed.read_flag], [deal_id, 1]);
  const listed = await one.getDealMailMessages({ id: deal_id });
  assert.deepEqual(listed.map((each) => each.data.id).sort(), ids(messages).sort());
  await one.deleteMailThread({ id });
  assert.ok(!ids(await one.getMailThreads({ folder: "inbox", limit: 500 })).includes(id));
}

async function calls(deal_id) {
  const start_time = "2030-01-02 10:00:00";
  const call = { outcome: "connected", to_phone_number: "+15550100", start_time, end_time: "2030-01-02 10:05:00", deal_id };
  const { id } = await one.addCallLog({ AddCallLogRequest: call });
  await one.addCallLogAudioFile({ id, file: new File([Buffer.alloc(1000)], "call.mp3", { type: "audio/mpeg" }) });
  const read = await one.getCallLog({ id });
  assert.deepEqual([read.deal_id, read.has_recording], [deal_id, true]);
  assert.ok(ids(await one.getUserCallLogs({ limit: 50 })).includes(id));
  await one.answer.deleteCallLog({ id });
  await one.refusal.getCallLog({ id });
}

async function main() {
  const deal = await two.addDeal({ AddDealRequest: { title: `${word} letters` } });
  for (const each of [notes, files, mail, calls]) await each(deal.id);
  return {};
}

run(main);
