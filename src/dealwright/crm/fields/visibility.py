"""The settings of a field for the app: where it is shown, where it is marked as important, and where it is required.

Only pages act on these: the API itself accepts records without any of the fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import system
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel import visible_pipelines
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads

DIALOGS: dict[RecordTypeName, tuple[str, ...]] = {
    "person": ("show_in_add_deal_dialog",),
    "organization": ("show_in_add_deal_dialog", "show_in_add_person_dialog"),
}
"""The forms for new records of other types that may show a field."""


def default_ui_visibility(object: RecordTypeName) -> Values:
    """Returns the ``ui_visibility`` of a new field."""
    shown: Values = {"add_visible_flag": False, "details_visible_flag": True}
    if object == "deal":
        shown |= {
            "projects_detail_visible_flag": False,
            "show_in_pipelines": {"show_in_all": True, "pipeline_ids": []},
        }
    if object == "organization":
        shown |= {
            "org_detail_visible_flag": True,
            "person_detail_visible_flag": True,
            "deal_detail_visible_flag": True,
        }
    return shown | {dialog: {"show": False, "order": None} for dialog in DIALOGS.get(object, ())}


def ui_visibility(field: Field) -> dict[str, Any]:
    """Returns the ``ui_visibility`` of a field; a setting that it was stored without has its default."""
    stored: dict[str, Any] = loads(field.ui_visibility)
    return {**default_ui_visibility(field.object), **stored}


def importance(field: Field | None) -> Values:
    """Returns whether and in which stages a field is important; a new field is not."""
    found: Values | None = loads(field.important_fields) if field else None
    return found or {"enabled": False, "stage_ids": []}


def requirement(object: RecordTypeName, field: Field | None) -> Values:
    """Returns whether, in which stages and for which statuses a field is required; a new field is not."""
    found: Values | None = loads(field.required_fields) if field else None
    if found is not None:
        return found
    if object == "deal":
        return {"enabled": False, "stage_ids": [], "statuses": {}}
    definition = system.find(object, field.key) if field else None
    return {"enabled": definition is not None and definition.mandatory is True}


def to_columns(crm: UnitOfWork, object: RecordTypeName, field: Field | None, values: Values) -> Values:
    """Returns the columns to store for ``ui_visibility``, ``important_fields`` and ``required_fields`` in ``values``.

    ``field`` is the field as it is; None for a new one. Missing settings stay as they are. Raises `Invalid`.
    """
    columns: Values = {}
    shown = ui_visibility(field) if field else default_ui_visibility(object)
    if given := _get_dict(values, "ui_visibility"):
        shown = columns["ui_visibility"] = _merge_visibility(crm, object, field, shown, given)
    important = importance(field)
    if given := _get_dict(values, "important_fields"):
        important = columns["important_fields"] = _validate_stages(crm, {**important, **given}, "important_fields")
    required = requirement(object, field)
    if given := _get_dict(values, "required_fields"):
        required = columns["required_fields"] = _validate_required(crm, object, {**required, **given})
    if columns and object == "deal":
        _check_pipelines(crm, shown, important, required)
    return columns


def _get_dict(values: Values, name: str) -> Values:
    given = values.get(name)
    return given if isinstance(given, dict) else {}


def _merge_visibility(
    crm: UnitOfWork, object: RecordTypeName, field: Field | None, before: Values, given: Values
) -> Values:
    if field and field.key in system.SYSTEM_FIELDS[object].always_in_form and given.get("add_visible_flag") is False:
        raise Invalid("must be true for this field", "ui_visibility.add_visible_flag")
    merged = {**before, **given}
    if isinstance(given.get("show_in_pipelines"), dict):
        pipelines = {**_get_dict(before, "show_in_pipelines"), **_get_dict(given, "show_in_pipelines")}
        for id in _ids(pipelines.get("pipeline_ids")):
            if id not in {pipeline.id for pipeline in visible_pipelines.list_pipelines(crm)}:
                raise Invalid(f"Pipeline {id} not found", "ui_visibility.show_in_pipelines.pipeline_ids")
        merged["show_in_pipelines"] = {**pipelines, "pipeline_ids": []} if pipelines["show_in_all"] else pipelines
    for dialog in DIALOGS.get(object, ()):
        if dialog in given:
            merged[dialog] = _merge_dialog(crm, object, dialog, _get_dict(before, dialog), _get_dict(given, dialog))
    return merged


def _merge_dialog(crm: UnitOfWork, object: RecordTypeName, dialog: str, before: Values, given: Values) -> Values:
    """Returns the settings for a dialog: a field that joins it comes last, one that leaves it has no position."""
    if not given.get("show", before["show"]):
        return {"show": False, "order": None}
    if before["show"]:
        return before
    taken = [ui_visibility(field)[dialog]["order"] or 0 for field in crm.company_data.fields(object).values()]
    return {"show": True, "order": max(taken, default=0) + 1}


def _validate_required(crm: UnitOfWork, object: RecordTypeName, wanted: Values) -> Values:
    if object != "deal":
        return {"enabled": wanted["enabled"]}
    required = _validate_stages(crm, wanted, "required_fields")
    statuses = wanted.get("statuses")
    required["statuses"] = statuses if required["enabled"] and isinstance(statuses, dict) else {}
    for id in _get_dict(required, "statuses"):
        if id not in {str(pipeline.id) for pipeline in visible_pipelines.list_pipelines(crm)}:
            raise Invalid(f"Pipeline {id} not found", "required_fields.statuses")
    return required


def _validate_stages(crm: UnitOfWork, wanted: Values, path: str) -> Values:
    if not wanted["enabled"]:
        return {"enabled": False, "stage_ids": []}
    stages = {stage.id for stage in visible_pipelines.list_stages(crm)}
    ids = list(_ids(wanted.get("stage_ids")))
    for id in ids:
        if id not in stages:
            raise Invalid(f"Stage {id} not found", f"{path}.stage_ids")
    return {"enabled": True, "stage_ids": list[Json](ids)}


def _check_pipelines(crm: UnitOfWork, shown: Values, important: Values, required: Values) -> None:
    """Raises `Invalid` when a field is important or required in a pipeline that does not show it."""
    pipelines = _get_dict(shown, "show_in_pipelines")
    if pipelines["show_in_all"]:
        return
    visible_ids = set(_ids(pipelines["pipeline_ids"]))
    for name, wanted in (("important_fields", important), ("required_fields", required)):
        for id in _ids(wanted.get("stage_ids")):
            stage = crm.company_data.stages.get(id)
            if stage and not stage.is_deleted and stage.pipeline_id not in visible_ids:
                raise Invalid(f"Stage {id} is in a pipeline that does not show the field", f"{name}.stage_ids")
    for id in map(int, _get_dict(required, "statuses")):
        if id not in visible_ids:
            raise Invalid(f"Pipeline {id} does not show the field", "required_fields.statuses")


def _ids(value: Json) -> Iterable[int]:
    return (id for id in value if isinstance(id, int)) if isinstance(value, list) else ()
