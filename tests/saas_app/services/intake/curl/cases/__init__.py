"""The table of cURL commands, by kind."""

from tests.saas_app.services.intake.curl.cases.addresses import ADDRESSES
from tests.saas_app.services.intake.curl.cases.auth import AUTH
from tests.saas_app.services.intake.curl.cases.bodies import BODIES
from tests.saas_app.services.intake.curl.cases.case import Case
from tests.saas_app.services.intake.curl.cases.files import FILES_AND_FORMS
from tests.saas_app.services.intake.curl.cases.quoting import QUOTING
from tests.saas_app.services.intake.curl.cases.scripts import SCRIPTS
from tests.saas_app.services.intake.curl.cases.windows import WINDOWS

CASES = [*ADDRESSES, *AUTH, *BODIES, *FILES_AND_FORMS, *QUOTING, *SCRIPTS, *WINDOWS]

__all__ = ["CASES", "Case"]
