"""What a key may be good for, as the page offers it: name, title and what a program can do."""

from saas_app.services.key_scopes import SCOPES

SCOPE_CHOICES: tuple[tuple[str, str, str], ...] = tuple(
    (scope.name, scope.title, scope.help) for scope in SCOPES.values()
)
