// Users, roles, teams and what a company has, with Pipedrive's own Node client.
"use strict";

const assert = require("node:assert/strict");
const { one, two, run, word } = require("./sdk.cjs");

const ids = (records) => (records ?? []).map((record) => record.id);

async function users(me) {
  const email = `${word}@team.example`;
  const { id } = await one.addUser({ AddUserRequest: { email, active_flag: true } });
  assert.equal((await one.getUser({ id })).email, email);
  assert.ok(ids(await one.getUsers()).includes(id));
  assert.deepEqual(ids(await one.findUsersByName({ term: email, search_by_email: 1 })), [id]);
  assert.equal((await one.updateUser({ id, UpdateUserRequest: { active_flag: false } })).active_flag, false);
  await one.updateUser({ id, UpdateUserRequest: { active_flag: true } });
  assert.equal(typeof (await one.getUserPermissions({ id: me.id })).can_add_products, "boolean");
  assert.ok((await one.getUserRoleSettings({ id: me.id })).deal_default_visibility);
  assert.equal((await one.getUserFollowers({ id: me.id })).length, (await two.getUserFollowers({ id: me.id })).length);
  return id;
}

async function roles(user_id) {
  const parent = (await one.getRoles()).find((role) => role.id === role.parent_role_id);
  const role = await one.addRole({ AddRoleRequest: { name: `${word} crew`, parent_role_id: parent.id } });
  const { id } = role;
  await one.updateRole({ id, BaseRoleRequest: { name: `${word} staff` } });
  assert.equal((await one.getRole({ id })).name, `${word} staff`);
  const setting = { setting_key: "deal_default_visibility", value: 1 };
  await one.addOrUpdateRoleSetting({ id, AddOrUpdateRoleSettingRequest: setting });
  assert.equal((await one.getRoleSettings({ id })).deal_default_visibility, 1);
  await one.addRoleAssignment({ id, AddRoleAssignmentRequest: { user_id } });
  assert.deepEqual((await one.getRoleAssignments({ id })).map((each) => each.user_id), [user_id]);
  assert.ok((await one.getUserRoleAssignments({ id: user_id })).some((each) => each.role_id === id));
  await one.deleteRoleAssignment({ id, DeleteRoleAssignmentRequest: { user_id } });
  assert.deepEqual((await one.getRoleAssignments({ id })) ?? [], []);

  const pipeline = await two.addPipeline({ AddPipelineRequest: { name: `${word} hidden` } });
  await one.updateRolePipelines({ id, PutRolePipelinesBody: { visible_pipeline_ids: { remove: `[${pipeline.id}]` } } });
  const hidden = await one.getRolePipelines({ id, visible: false });
  assert.deepEqual(hidden.pipeline_ids, [pipeline.id]);
  await one.deleteRole({ id });
  assert.ok(!ids(await one.getRoles({ limit: 500 })).includes(id));
}

async function teams(me, user_id) {
  const { id } = await one.addTeam({ AddTeamRequest1: { name: `${word} team`, manager_id: me.id, users: [me.id] } });
  await one.updateTeam({ id, UpdateTeamRequest: { name: `${word} squad` } });
  await one.addTeamUser({ id, AddTeamUserRequest: { users: [user_id] } });
  assert.deepEqual((await one.getTeamUsers({ id })).sort(), [me.id, user_id].sort());
  assert.ok(ids(await one.getUserTeams({ id: user_id })).includes(id));
  await one.deleteTeamUser({ id, DeleteTeamUserRequest: { users: [user_id] } });
  const team = await one.getTeam({ id });
  assert.deepEqual([team.name, team.users], [`${word} squad`, [me.id]]);
  assert.ok(ids(await one.getTeams()).includes(id));
}

async function company(me) {
  const [set] = await one.getPermissionSets();
  assert.equal((await one.getPermissionSet({ id: set.id })).id, set.id);
  assert.ok(Array.isArray(await one.getPermissionSetAssignments({ id: set.id })));
  assert.ok(Array.isArray(await one.getCompanyAddons()));
  assert.ok("google" in (await one.getUserConnections()));
  assert.ok("person_duplicate_condition" in (await one.getUserSettings()));
  assert.ok((await one.getCurrencies({ term: "EUR" })).some((currency) => currency.code === "EUR"));
  assert.equal(me.is_you, true);
}

async function main() {
  const me = await one.getCurrentUser();
  const user_id = await users(me);
  await roles(user_id);
  await teams(me, user_id);
  await company(me);
  return {};
}

run(main);
