"""Which function does which kind of job."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from saas_app.jobs.clean_up import clean_up
from saas_app.jobs.export_account import export_account
from saas_app.jobs.run_cases import run_cases
from saas_app.jobs.send_mail import send_mail

# A kind is given its job's id and payload and returns what to tell the person who waits. It runs
# inside a workflow: everything that reads or writes is a step, and a finished step never repeats.
Kind = Callable[[UUID, dict[str, Any]], Awaitable[str]]

KINDS: Mapping[str, Kind] = {
    "clean_up": clean_up,
    "export_account": export_account,
    "run_cases": run_cases,
    "send_mail": send_mail,
}
