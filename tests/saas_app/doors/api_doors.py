"""The doors of HTTP: what a browser's forms and scripts call. REST v1 has its own table.

Everybody sends the same request, with their own cookie. An address without a row fails by its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.saas_app.doors.rows import ANYBODY, EDIT, MANAGE, SELF, column, everybody_gets
from tests.saas_app.doors.seed import SOURCE

WRONG = {"email": "alice@example.com", "password": "wrong and long enough"}
GOOD = {"name": "New", "email": "new@example.com", "password": "seven blue kilns glow"}
BY_KEY = "a key of the organization opens it, a cookie does not"
BY_SIGNATURE = "the address itself is signed, and no cookie is looked at"
BY_ADMINS = "it is there for admins alone; test_admin tries other sites as one"
OPERATOR_ONLY = column(f"{'not_found ' * 7} yes")
BY_SECRET = "a server calls it, with the secret of a client"


@dataclass(frozen=True, slots=True)
class ApiDoor:
    """One route.

    Attributes:
        method: Of the request.
        route: As it is registered.
        who: What each person gets: yes, the code of a refusal, or sign_in.
        changes: The tables that change for those who get in.
        may_change: Tables that change as well, for some of them.
        path: The address that is called, when it is not the route itself.
        form: Posted as a form.
        json: Posted as JSON.
        file: Posted as a file.
        anywhere: Why another site may send it, where it may, though it is no GET.
        only_here: Whether another site may not send it, though it is one.
    """

    method: str
    route: str
    who: Mapping[str, str]
    changes: frozenset[str] = frozenset()
    may_change: frozenset[str] = frozenset()
    path: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    file: str = ""
    anywhere: str = ""
    only_here: bool = False


def get(route: str, who: Mapping[str, str], path: str = "", *, changes: str = "") -> ApiDoor:
    """Return a row of a GET."""
    return ApiDoor("GET", route, who, frozenset(changes.split()), path=path)


def post(
    route: str, who: Mapping[str, str], *, changes: str = "", may_change: str = "", **more: object
) -> ApiDoor:
    """Return a row of a POST."""
    changing, besides = frozenset(changes.split()), frozenset(may_change.split())
    return ApiDoor("POST", route, who, changing, besides, **more)  # pyright: ignore[reportArgumentType]


REGISTERED = "user_account organization membership audit_entry one_time_token mail job"
OWN_MAIL = column("not_found not_found not_found not_found not_found sign_in sign_in yes")

API_DOORS = (
    get("/api/o/{slug}/audit.csv", MANAGE, "/api/o/acme/audit.csv", changes="audit_entry"),
    post("/api/o/{slug}/sources", EDIT, path="/api/o/acme/sources", changes="intake", file=SOURCE),
    # Nobody has asked for a copy yet, so there is none to take.
    get("/api/account/export", everybody_gets("copy_gone", signed_out="sign_in")),
    # signing in and out
    post("/api/auth/sign-up", ANYBODY, changes=f"{REGISTERED} sign_in_challenge", form=GOOD),
    post("/api/auth/sign-in", everybody_gets("wrong_credentials"), form=WRONG),
    post("/api/auth/verify-email", everybody_gets("link_over"), form={"token": "x"}),
    post("/api/auth/sign-out", ANYBODY, may_change="web_session"),
    post("/api/auth/reset-password", everybody_gets("link_over"),
         form={"token": "x", "password": "seven blue kilns glow"}),
    post("/api/auth/change-password", everybody_gets("wrong_credentials", signed_out="sign_in"),
         form={"current": "wrong and long enough", "password": "seven blue kilns glow"}),
    post("/api/auth/confirm", everybody_gets("wrong_credentials", signed_out="sign_in"),
         form={"way": "password", "password": "wrong and long enough"}),
    post("/api/auth/verify/code", everybody_gets("challenge_over"), form={"code": "123456"}),
    post("/api/auth/verify/passkey", everybody_gets("challenge_over"), form={"credential": "{{}}"}),
    post("/api/auth/passkeys/options", SELF, changes="sign_in_challenge",
         json={"for": "register"}),
    post("/api/auth/passkeys", everybody_gets("challenge_over", signed_out="sign_in"),
         json={"name": "Mine", "credential": {}}),
    post("/api/auth/passkeys/sign-in", everybody_gets("challenge_over"),
         form={"credential": "{{}}"}),
    # The provider is not there; what was begun stays until it expires.
    ApiDoor("GET", "/api/auth/google/start", everybody_gets("google_unavailable"),
            may_change=frozenset({"sign_in_challenge"}), only_here=True),
    get("/api/auth/callback/google", everybody_gets("challenge_over")),
    post("/api/oauth/consent", everybody_gets("request_gone", signed_out="sign_in"),
         form={"request": "x", "decision": "allow"}),
    # for programs
    get("/api/v1", everybody_gets("not_found")),
    ApiDoor("DELETE", "/api/v1/{rest:path}", everybody_gets("key_refused"),
            path="/api/v1/servers/{server_id}", anywhere=BY_KEY),
    get("/storage/{key:path}", everybody_gets("not_found"), "/storage/avatars/a.webp"),
    ApiDoor("PUT", "/storage/{key:path}", everybody_gets("not_found"),
            path="/storage/avatars/a.webp", anywhere=BY_SIGNATURE),
    get("/api/health", ANYBODY),
    get("/api/ready", everybody_gets("503")),  # no runtime serves beside these tests
    # the admin area: for others it is not there, so no site of theirs is told another thing
    *(get(f"/api/admin/{name}.{form}", OPERATOR_ONLY, changes="audit_entry")
      for name in ("users", "organizations") for form in ("csv", "xlsx")),
    post("/api/admin/impersonation/start", OPERATOR_ONLY, changes="web_session audit_entry",
         form={"user_id": "{member_id}"}, anywhere=BY_ADMINS),
    post("/api/admin/impersonation/end", everybody_gets("not_found"), anywhere=BY_ADMINS),
    # development
    get("/api/dev/mail/{mail_id}", OWN_MAIL, "/api/dev/mail/{mail_id}"),
    get("/api/dev/mail-templates/{template}", SELF, "/api/dev/mail-templates/invitation"),
    get("/api/dev/identity/.well-known/openid-configuration", ANYBODY),
    get("/api/dev/identity/jwks", ANYBODY),
    post("/api/dev/identity/authorize", everybody_gets("forbidden")),  # but at the machine itself
    post("/api/dev/identity/token", everybody_gets("invalid_client"), anywhere=BY_SECRET),
)  # fmt: skip
