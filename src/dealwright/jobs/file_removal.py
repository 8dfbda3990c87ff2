"""Removes the content of files that no row refers to any more, a day after the change that deleted it."""

from __future__ import annotations

from typing import cast

from dealwright.jobs.registry import JobContext, job


@job("remove_files", retries=(60, 600, 3600, 86400))
def remove_files(context: JobContext) -> None:
    """Removes content from the company's store. What is gone already is no error."""
    for key in cast("list[str]", context.arguments["keys"]):
        context.company.files.delete(key)
