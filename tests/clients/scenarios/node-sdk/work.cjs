// Activities, tasks and projects, with Pipedrive's own Node client in both versions of the API.
"use strict";

const assert = require("node:assert/strict");
const { one, two, run, word } = require("./sdk.cjs");

const ids = (records) => records.map((record) => record.id);

async function activities() {
  const { id } = await two.addActivity({ AddActivityRequest: { subject: `${word} plan`, due_date: "2030-01-02" } });
  assert.equal((await two.updateActivity({ id, AddActivityRequest: { done: true } })).done, true);
  assert.equal((await two.getActivity({ id })).subject, `${word} plan`);
  assert.deepEqual(ids(await two.getActivities({ ids: String(id) })), [id]);
  await two.deleteActivity({ id });
  assert.deepEqual(await two.getActivities({ ids: String(id) }), []);

  const type = await one.addActivityType({ AddActivityTypeRequest: { name: `${word} visit`, icon_key: "car" } });
  await one.updateActivityType({ id: type.id, UpdateActivityTypeRequest: { color: "FFFFFF" } });
  assert.equal((await one.getActivityTypes()).find((each) => each.id === type.id).color, "FFFFFF");
  assert.equal((await one.deleteActivityType({ id: type.id })).active_flag, false);
}

async function activitiesInV1() {
  const { id } = await one.addActivity({ AddActivityRequest: { subject: `${word} old`, type: "call", due_date: "2030-01-02" } });
  await one.updateActivity({ id, UpdateActivityRequest: { note: "Noted" } });
  assert.equal((await one.getActivity({ id })).note, "Noted");
  const days = { start_date: "2030-01-01", end_date: "2030-01-03" };
  assert.ok(ids(await one.getActivities(days)).includes(id));
  assert.ok((await one.getActivitiesCollection({ limit: 500 })).length > 0);
  const other = await one.addActivity({ AddActivityRequest: { subject: `${word} other`, type: "call" } });
  assert.equal((await one.deleteActivity({ id })).id, id);
  assert.deepEqual((await one.deleteActivities({ ids: String(other.id) })).id, [other.id]);
  const type = await one.addActivityType({ AddActivityTypeRequest: { name: `${word} two`, icon_key: "car" } });
  assert.deepEqual((await one.deleteActivityTypes({ ids: String(type.id) })).id, [type.id]);
}

// In 33, boards and phases of v1 have classes of their own.
async function boardsInV1() {
  const [board] = await one.getProjectsBoards();
  assert.equal((await one.getProjectsBoard({ id: board.id })).name, board.name);
  const phases = await one.getProjectsPhases({ board_id: board.id });
  assert.equal((await one.getProjectsPhase({ id: phases[0].id })).board_id, board.id);
  return { board_id: board.id, phase_id: phases[0].id, later_id: phases[1].id };
}

async function projectsInV1({ board_id, phase_id, later_id }) {
  const { id } = await one.addProject({ AddProjectRequest: { title: `${word} move`, board_id, phase_id } });
  await one.updateProject({ id, UpdateProjectRequest: { description: "All of it" } });
  assert.equal((await one.getProject({ id })).description, "All of it");
  assert.ok(ids(await one.getProjects({ limit: 500 })).includes(id));

  const task = await one.addTask({ AddTaskRequest: { title: `${word} pack`, project_id: id } });
  await one.updateTask({ id: task.id, UpdateProjectRequest2: { done: 1 } });
  assert.equal((await one.getTask({ id: task.id })).done, 1);
  assert.deepEqual(ids(await one.getTasks({ project_id: id })), [task.id]);
  assert.deepEqual(ids(await one.getProjectTasks({ id })), [task.id]);
  const activity = await two.addActivity({ AddActivityRequest: { subject: `${word} drive`, project_id: id } });
  assert.deepEqual(ids(await one.getProjectActivities({ id })), [activity.id]);
  assert.ok(Array.isArray((await one.getProjectGroups({ id })) ?? []));
  await one.putProjectPlanTask({ id, taskId: task.id, ProjectPutPlanItemBodyObject: { phase_id: later_id } });
  await one.putProjectPlanActivity({ id, activityId: activity.id, ProjectPutPlanItemBodyObject: { phase_id: later_id } });
  const plan = await one.getProjectPlan({ id });
  assert.deepEqual(plan.map((each) => [each.item_id, each.phase_id]).sort(), [[task.id, later_id], [activity.id, later_id]].sort());

  const [template] = await one.getProjectTemplates({ limit: 100 });
  assert.equal((await one.getProjectTemplate({ id: template.id })).title, template.title);
  await one.deleteTask({ id: task.id });
  await one.archiveProject({ id });
  assert.ok((await one.getProject({ id })).archive_time);
  await one.deleteProject({ id });
  assert.equal((await one.getProject({ id })).status, "deleted");
}

// Boards, phases and tasks are in two classes of the client each, and all is done for each.
async function boardsAndTasks() {
  const board = await two.addProjectBoard({ AddProjectBoardRequest: { name: `${word} board` } });
  await two.updateProjectBoard({ id: board.id, UpdateProjectBoardRequest: { name: `${word} table` } });
  assert.equal((await two.getProjectsBoard({ id: board.id })).name, `${word} table`);
  assert.ok(ids(await two.getProjectsBoards()).includes(board.id));
  const phase = await two.addProjectPhase({ AddProjectPhaseRequest: { name: "Begin", board_id: board.id } });
  await two.updateProjectPhase({ id: phase.id, UpdateProjectPhaseRequest: { name: "Start" } });
  assert.equal((await two.getProjectsPhase({ id: phase.id })).name, "Start");
  assert.deepEqual(ids(await two.getProjectsPhases({ board_id: board.id })), [phase.id]);

  const project = await two.addProject({ AddProjectRequest: { title: `${word} site`, board_id: board.id, phase_id: phase.id } });
  const task = await two.addTask({ AddTaskRequest: { title: `${word} dig`, project_id: project.id } });
  await two.updateTask({ id: task.id, UpdateTaskRequest: { title: `${word} dug` } });
  assert.equal((await two.getTask({ id: task.id })).title, `${word} dug`);
  assert.deepEqual(ids(await two.getTasks({ project_id: project.id })), [task.id]);
  await two.deleteTask({ id: task.id });
  const found = await two.searchProjects({ term: `${word} site` });
  assert.ok(found.items.some(({ item }) => item.id === project.id));
  await two.deleteProject({ id: project.id });
  await two.deleteProjectPhase({ id: phase.id });
  await two.deleteProjectBoard({ id: board.id });
  assert.ok(!ids(await two.getProjectsBoards()).includes(board.id));
}

async function projects(me) {
  const [board] = await two.getProjectsBoards();
  const [phase] = await two.getProjectsPhases({ board_id: board.id });
  const person = await two.addPerson({ AddPersonRequest: { name: `${word} builder` } });
  const asked = { title: `${word} house`, board_id: board.id, phase_id: phase.id, person_ids: [person.id] };
  const { id } = await two.addProject({ AddProjectRequest: asked });
  await two.updateProject({ id, UpdateProjectRequest: { title: `${word} home` } });
  assert.equal((await two.getProject({ id })).title, `${word} home`);
  assert.deepEqual(ids(await two.getProjects({ person_id: person.id })), [id]);
  assert.ok((await two.getProjectUsers({ id })).includes(me.id));
  const changes = await two.getProjectChangelog({ id });
  assert.ok(JSON.stringify(changes).includes(`${word} home`));
  const templates = await two.getProjectTemplates();
  assert.equal((await two.getProjectTemplate({ id: templates[0].id })).id, templates[0].id);
  await two.archiveProject({ id });
  assert.ok(ids(await two.getArchivedProjects({ limit: 500 })).includes(id));
  await two.deleteProject({ id });
}

async function main() {
  await activities();
  if (one.addActivity) await activitiesInV1();
  await projectsInV1(await boardsInV1());
  if (two.addProject) {
    await boardsAndTasks();
    await boardsAndTasks();
    await projects(await one.getCurrentUser());
  }
  return {};
}

run(main);
