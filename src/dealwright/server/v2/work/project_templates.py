"""Templates for projects."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.work import project_templates as contract
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import project_templates
from dealwright.crm.work.model import PROJECT_TEMPLATE, ProjectTemplate
from dealwright.server.binding import implements
from dealwright.server.times import iso_time
from dealwright.server.v2 import envelopes


def show(template: ProjectTemplate) -> contract.ProjectTemplate:
    """Returns a template as v2 writes it."""
    return {
        "id": template.id,
        "title": template.title,
        "description": template.description,
        "projects_board_id": template.projects_board_id,
        "owner_id": template.owner_id,
        "add_time": iso_time(template.add_time),
        "update_time": iso_time(template.update_time),
    }


@implements(contract.get_project_templates)
def get_project_templates(crm: UnitOfWork, page: CursorPaging) -> Page[contract.ProjectTemplate]:
    found = pages.select_by_cursor(crm, PROJECT_TEMPLATE, project_templates.criteria(crm), page)
    return envelopes.page(found, show)


@implements(contract.get_project_templates_by_id)
def get_project_templates_by_id(crm: UnitOfWork, id: int) -> Item[contract.ProjectTemplate]:
    return envelopes.item_without_more(show(records.get(crm, PROJECT_TEMPLATE, id)))
