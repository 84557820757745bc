"""Makes admins at the machine itself: `python -m saas_app.admin grant EMAIL`.

`revoke EMAIL` takes the rights, also from the last one; `list` names all. It is how the first admin
comes to be.
"""

import argparse
import asyncio
import sys

from core.clock import now_utc
from core.database import Database
from core.errors import DomainError
from core.schema import is_current
from core.settings import Settings, load_settings
from saas_app.services.admin.admins import grant_by_operator, list_admins, revoke_by_operator


def main() -> None:
    """Do what is asked, and say what was done."""
    parser = argparse.ArgumentParser(prog="python -m saas_app.admin", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    for act, about in (
        ("grant", "make a user an admin"),
        ("revoke", "take the admin's rights from a user"),
    ):
        acts.add_parser(act, help=about).add_argument("email", help="the user's address")
    acts.add_parser("list", help="name all admins")
    options = parser.parse_args()
    try:
        settings = load_settings()
        lines = asyncio.run(_run(settings, options.act, getattr(options, "email", "")))
    except DomainError as error:
        sys.exit(error.message)
    for line in lines:
        print(line)  # noqa: T201 - the answer


async def _run(settings: Settings, act: str, email: str) -> list[str]:
    database = Database(settings)
    try:
        if not await is_current(database):
            return ["The tables are not there yet, or behind this code. Start Toolkiln first."]
        if act == "list":
            async with database.read() as session:
                admins = await list_admins(session)
            return [f"{user.email}  {user.name}" for user in admins] or ["There is no admin yet."]
        async with database.write() as session:
            if act == "grant":
                user = await grant_by_operator(session, email, now=now_utc())
                return [f"{user.email} is an admin. Their open pages show it within seconds."]
            user = await revoke_by_operator(session, email, now=now_utc())
            return [f"{user.email} is no admin any more."]
    finally:
        await database.close()


if __name__ == "__main__":
    main()
