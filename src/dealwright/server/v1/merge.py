"""Merging deals, persons and organizations."""

from __future__ import annotations

from typing import Any, cast

from dealwright.contract.v1 import deals as deal_contract
from dealwright.contract.v1 import organizations as organization_contract
from dealwright.contract.v1 import persons as person_contract
from dealwright.contract.v1.deals import DealMerge, MergedDeal
from dealwright.contract.v1.envelopes import Item
from dealwright.contract.v1.organizations import MergedOrganization, OrganizationMerge
from dealwright.contract.v1.persons import MergedPerson, PersonMerge
from dealwright.crm import merge
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import deals, envelopes, persons


@implements(deal_contract.put_deals_by_id_merge)
def put_deals_by_id_merge(crm: Crm, id: int, data: DealMerge) -> Item[MergedDeal]:
    (shown,) = deals.show_all_flat(crm, [merge.deals(crm, id, data.merge_with_id)])
    merged: dict[str, Any] = {**shown, "merge_what_id": id}
    return envelopes.item(cast("MergedDeal", merged))


@implements(person_contract.put_persons_by_id_merge)
def put_persons_by_id_merge(crm: Crm, id: int, data: PersonMerge) -> Item[MergedPerson]:
    person = merge.persons(crm, id, data.merge_with_id)
    (shown,) = persons.show_all(crm, [person])
    merged: dict[str, Any] = {
        **shown,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "merge_what_id": id,
    }
    return envelopes.item(cast("MergedPerson", merged))


@implements(organization_contract.put_organizations_by_id_merge)
def put_organizations_by_id_merge(crm: Crm, id: int, data: OrganizationMerge) -> Item[MergedOrganization]:
    return envelopes.item({"id": merge.organizations(crm, id, data.merge_with_id).id})
