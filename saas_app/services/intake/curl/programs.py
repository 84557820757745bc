"""What is known of the programs beside curl: their names, what they write, and whom they start."""

import re

from saas_app.services.intake.curl.expansion import expanded_words
from saas_app.services.intake.curl.marks import Marks
from saas_app.services.intake.curl.tokens import Token

_CURL = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.I)
# These run the command that follows, elsewhere or again; xargs adds words that are not in the text.
_STARTERS = {
    "watch", "timeout", "nice", "ionice", "stdbuf", "kubectl", "oc", "docker", "podman", "nerdctl",
    "ssh", "bash", "sh", "zsh", "retry", "caffeinate",
}  # fmt: skip
_PROGRAM = re.compile(r"\$?[A-Za-z_][\w.+-]{0,30}|(?:[\w.~-]*/)+[\w.+-]{1,30}")
_PASSWORD = re.compile(r"(?=.*\d)(?=.*[A-Z]).{8,}")


def is_curl(word: Token) -> bool:
    """Whether a word calls curl."""
    return word.is_bare and _CURL.fullmatch(word.text) is not None


def started_by(words: list[Token]) -> list[Token]:
    """The words from `curl` on when a program starts it: bare, or as one quoted text with it."""
    if not words or words[0].text.rpartition("/")[2] not in _STARTERS:
        return words
    for index, word in enumerate(words):
        if is_curl(word):
            return words[index:]
    quoted = [word for word in words[1:] if not word.is_bare and word.text.lstrip()[:4] == "curl"]
    return quoted[:1] or words


def output_of(words: list[Token], stdin: str | None, marks: Marks) -> str | None:
    """What the program before a pipe writes, as far as the text itself tells."""
    texts = expanded_words([word.text for word in words], marks)
    if texts[:1] == ["echo"]:
        options = [t for t in texts[1:] if t in ("-n", "-e", "-ne", "-en")]
        spoken = " ".join(t for t in texts[1:] if t not in options)
        return spoken if any("n" in option for option in options) else spoken + "\n"
    if texts[:1] == ["printf"] and len(texts) in (2, 3):
        form, *rest = texts[1:]
        return form.replace("%s", rest[0] if rest else "").replace("\\n", "\n").replace("%%", "%")
    if texts[:1] in (["cat"], ["type"], ["Get-Content"]):
        return marks.mark("file", texts[1]) if len(texts) == 2 else stdin
    return marks.mark("command", " ".join(texts))


def program_name(words: list[Token], marks: Marks) -> str:
    """The name of a program, never its arguments: they may hold what is secret."""
    shown = marks.as_written(words[0].text) if words else ""
    is_name = _PROGRAM.fullmatch(shown) and not _PASSWORD.fullmatch(shown)
    return shown if is_name else "a command"
