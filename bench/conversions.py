"""Measures the conversion of a lead with many notes and files, from the job on, without the wait for it."""

from __future__ import annotations

import statistics
import time

from dealwright.crm.companies import Companies
from dealwright.crm.contacts import persons
from dealwright.crm.correspondence import files, notes
from dealwright.crm.history import conversion
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.jobs.run_due import run_due
from dealwright.storage.platform import Platform

ROUNDS = 5
NOTES, FILES = 100, 100


def add_lead(crm: UnitOfWork) -> str:
    """Adds a lead with notes and files, and begins its conversion; returns its id."""
    person = persons.create(crm, {"name": "Measured"})
    lead = leads.create(crm, {"title": "Measured", "person_id": person.id})
    for number in range(NOTES):
        notes.create(crm, notes.prepare({"content": f"Note {number}", "lead_id": lead.uuid}))
    for number in range(FILES):
        files.link_document(crm, {"lead_id": lead.uuid}, title=f"File {number}")
    conversion.start_with_lead(crm, lead.uuid)
    return lead.uuid


def measure_milliseconds(location: str) -> float:
    """Returns how long a conversion takes: the median of the rounds."""
    platform = Platform(location)
    try:
        companies, company = Companies(platform), platform.list_companies()[0]
        run_due(companies)
        taken = []
        for _ in range(ROUNDS):
            companies.run(company, 1, add_lead, write=True)
            began = time.perf_counter()
            run_due(companies)
            taken.append((time.perf_counter() - began) * 1000)
        return statistics.median(taken)
    finally:
        platform.close()
