"""Random operations on leads, which become deals, and deals, which become leads."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from dealwright.jobs.run_due import run_due
from tests.journeys.company_machine import CHOICE, NAMES, CompanyMachine
from tests.journeys.model import LINKS, ExpectedLead

WORTH = st.none() | st.sampled_from([0, 7.5])


class ConversionRules(CompanyMachine):
    """What is done to leads."""

    def pick_lead(self, choice: int) -> ExpectedLead | None:
        """Returns one of the live leads."""
        leads = self.model.live_leads
        return leads[choice % len(leads)] if leads else None

    @rule(title=NAMES, worth=WORTH, person=st.none() | CHOICE, org=st.none() | CHOICE)
    def create_lead(self, title: str, worth: float | None, person: int | None, org: int | None) -> None:
        links = self.resolve_links({"person_id": person, "org_id": org})
        body: dict[str, Any] = {
            "title": title,
            "value": None if worth is None else {"amount": worth, "currency": "EUR"},
            "person_id": links["person_id"],
            "organization_id": links["org_id"],
        }
        answer = self.api.post("/v1/leads", body)
        assert (answer.status == 400) == (links["person_id"] is None and links["org_id"] is None)
        if answer.status < 400:
            self.model.leads.append(ExpectedLead(answer.data["id"], title, worth, links))

    @rule(choice=CHOICE, title=NAMES)
    def rename_lead(self, choice: int, title: str) -> None:
        if lead := self.pick_lead(choice):
            assert self.api.patch(f"/v1/leads/{lead.id}", {"title": title}).data["title"] == title
            lead.title = title

    @rule(choice=CHOICE)
    def delete_lead(self, choice: int) -> None:
        if lead := self.pick_lead(choice):
            assert self.api.delete(f"/v1/leads/{lead.id}").data["id"] == lead.id
            lead.is_deleted = True
            assert self.api.get(f"/v1/leads/{lead.id}").status == 404

    @rule(choice=CHOICE)
    def convert_lead(self, choice: int) -> None:
        if lead := self.pick_lead(choice):
            started = self.api.post(f"/api/v2/leads/{lead.id}/convert/deal").data["conversion_id"]
            self.model.make_deal(lead, self.result(f"/api/v2/leads/{lead.id}", started)["deal_id"])

    @rule(choice=CHOICE)
    def convert_deal(self, choice: int) -> None:
        if deal := self.pick_record("deals", choice):
            answer = self.api.post(f"/api/v2/deals/{deal.id}/convert/lead")
            if all(deal.values[name] is None for name in LINKS):
                assert answer.status == 400
                return
            result = self.result(f"/api/v2/deals/{deal.id}", answer.data["conversion_id"])
            self.model.make_lead(deal, result["lead_id"])

    def result(self, path: str, conversion_id: str) -> dict[str, Any]:
        """Has a conversion done, and returns what it has come to."""
        run_due(self.api.companies)
        found: dict[str, Any] = self.api.get(f"{path}/convert/status/{conversion_id}").data
        assert found["status"] == "completed", found
        return found

    @invariant()
    def leads_agree(self) -> None:
        listed = self.api.get("/v1/leads").data or []
        found = {
            lead["id"]: (
                lead["title"],
                lead["value"] and lead["value"]["amount"],
                lead["person_id"],
                lead["organization_id"],
            )
            for lead in listed
        }
        assert found == {
            lead.id: (lead.title, lead.worth, *(lead.links[name] for name in LINKS)) for lead in self.model.live_leads
        }
