"""Where the app shows a field, where it marks it as important, and where it asks for it.

Only pages act on this: the API itself takes records without any of their fields.
"""

from __future__ import annotations

from collections.abc import Iterable

from dealwright._json import Json
from dealwright.crm import boards
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import system
from dealwright.crm.kinds import Object
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads

DIALOGS: dict[Object, tuple[str, ...]] = {
    "person": ("show_in_add_deal_dialog",),
    "organization": ("show_in_add_deal_dialog", "show_in_add_person_dialog"),
}
"""The forms for new records of other kinds that may show a field."""


def default(object: Object) -> Values:
    """Where a new field is shown."""
    shown: Values = {"add_visible_flag": False, "details_visible_flag": True}
    if object == "deal":
        shown |= {
            "projects_detail_visible_flag": False,
            "show_in_pipelines": {"show_in_all": True, "pipeline_ids": []},
        }
    return shown | {dialog: {"show": False, "order": None} for dialog in DIALOGS.get(object, ())}


def importance(field: Field | None) -> Values:
    """Whether and in which stages a field is important; a new one is not."""
    found: Values | None = loads(field.important_fields) if field else None
    return found or {"enabled": False, "stage_ids": []}


def requirement(object: Object, field: Field | None) -> Values:
    """Whether, in which stages and for which statuses a field is asked for; a new one is not."""
    found: Values | None = loads(field.required_fields) if field else None
    if found is not None:
        return found
    if object == "deal":
        return {"enabled": False, "stage_ids": [], "statuses": {}}
    definition = system.find(object, field.key) if field else None
    return {"enabled": definition is not None and definition.mandatory is True}


def changed(crm: Crm, object: Object, field: Field | None, values: Values) -> Values:
    """What to store of ``ui_visibility``, ``important_fields`` and ``required_fields`` in ``values``.

    ``field`` is the field as it is; None for a new one. What is not given stays. Raises `Invalid`.
    """
    stored: Values = {}
    shown = loads(field.ui_visibility) if field else default(object)
    if given := _given(values, "ui_visibility"):
        shown = stored["ui_visibility"] = _visibility(crm, object, field, shown, given)
    important = importance(field)
    if given := _given(values, "important_fields"):
        important = stored["important_fields"] = _with_stages(crm, {**important, **given}, "important_fields")
    required = requirement(object, field)
    if given := _given(values, "required_fields"):
        required = stored["required_fields"] = _required(crm, object, {**required, **given})
    if stored and object == "deal":
        _check_pipelines(crm, shown, important, required)
    return stored


def _given(values: Values, name: str) -> Values:
    given = values.get(name)
    return given if isinstance(given, dict) else {}


def _visibility(crm: Crm, object: Object, field: Field | None, before: Values, given: Values) -> Values:
    if field and field.key in system.OBJECTS[object].always_in_form and given.get("add_visible_flag") is False:
        raise Invalid("must be true for this field", "ui_visibility.add_visible_flag")
    shown = {**before, **given}
    if isinstance(given.get("show_in_pipelines"), dict):
        pipelines = {**_given(before, "show_in_pipelines"), **_given(given, "show_in_pipelines")}
        for id in _ids(pipelines.get("pipeline_ids")):
            if id not in {pipeline.id for pipeline in boards.pipelines(crm)}:
                raise Invalid(f"Pipeline {id} not found", "ui_visibility.show_in_pipelines.pipeline_ids")
        shown["show_in_pipelines"] = {**pipelines, "pipeline_ids": []} if pipelines["show_in_all"] else pipelines
    for dialog in DIALOGS.get(object, ()):
        if dialog in given:
            shown[dialog] = _dialog(crm, object, dialog, _given(before, dialog), _given(given, dialog))
    return shown


def _dialog(crm: Crm, object: Object, dialog: str, before: Values, given: Values) -> Values:
    """A field that joins a dialog comes last; one that leaves it has no place."""
    if not given.get("show", before["show"]):
        return {"show": False, "order": None}
    if before["show"]:
        return before
    taken = [loads(field.ui_visibility)[dialog]["order"] or 0 for field in crm.settings.fields(object).values()]
    return {"show": True, "order": max(taken, default=0) + 1}


def _required(crm: Crm, object: Object, wanted: Values) -> Values:
    if object != "deal":
        return {"enabled": wanted["enabled"]}
    required = _with_stages(crm, wanted, "required_fields")
    statuses = wanted.get("statuses")
    required["statuses"] = statuses if required["enabled"] and isinstance(statuses, dict) else {}
    for id in _given(required, "statuses"):
        if id not in {str(pipeline.id) for pipeline in boards.pipelines(crm)}:
            raise Invalid(f"Pipeline {id} not found", "required_fields.statuses")
    return required


def _with_stages(crm: Crm, wanted: Values, path: str) -> Values:
    if not wanted["enabled"]:
        return {"enabled": False, "stage_ids": []}
    stages = {stage.id for stage in boards.stages(crm)}
    ids = list(_ids(wanted.get("stage_ids")))
    for id in ids:
        if id not in stages:
            raise Invalid(f"Stage {id} not found", f"{path}.stage_ids")
    return {"enabled": True, "stage_ids": list[Json](ids)}


def _check_pipelines(crm: Crm, shown: Values, important: Values, required: Values) -> None:
    """What is important or asked for must be seen."""
    pipelines = _given(shown, "show_in_pipelines")
    if pipelines["show_in_all"]:
        return
    seen = set(_ids(pipelines["pipeline_ids"]))
    for name, wanted in (("important_fields", important), ("required_fields", required)):
        for id in _ids(wanted.get("stage_ids")):
            stage = crm.settings.stages.get(id)
            if stage and not stage.is_deleted and stage.pipeline_id not in seen:
                raise Invalid(f"Stage {id} is in a pipeline that does not show the field", f"{name}.stage_ids")
    for id in map(int, _given(required, "statuses")):
        if id not in seen:
            raise Invalid(f"Pipeline {id} does not show the field", "required_fields.statuses")


def _ids(value: Json) -> Iterable[int]:
    return (id for id in value if isinstance(id, int)) if isinstance(value, list) else ()
