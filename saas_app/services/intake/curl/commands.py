"""Groups tokens into curl commands: pipelines, standard input, assignments, comments above."""

import re
from dataclasses import dataclass, field

from core.errors import Invalid
from saas_app.services.intake.curl.bash import bash_tokens
from saas_app.services.intake.curl.cmd import cmd_tokens
from saas_app.services.intake.curl.dialect import Dialect, clean, dialect_of
from saas_app.services.intake.curl.expansion import assign, expanded, expanded_words
from saas_app.services.intake.curl.marks import Marks
from saas_app.services.intake.curl.powershell import powershell_tokens
from saas_app.services.intake.curl.programs import is_curl, output_of, program_name, started_by
from saas_app.services.intake.curl.tokens import Token
from saas_app.services.intake.deadline import Deadline
from saas_app.services.intake.proposal import Skipped

MAX_NESTING = 4
_LEXERS = {"bash": bash_tokens, "cmd": cmd_tokens, "powershell": powershell_tokens}
_ASSIGNMENT = re.compile(r"(?:\$(?:env:)?)?([A-Za-z_]\w*)(\+?)=(.*)", re.S | re.I)
_DECLARING = {"export", "set", "local", "declare", "readonly", "typeset"}
# PowerShell computes these: a table, a list, a type.
_COMPUTED = re.compile(r"@[{(]|\[\w")
_WRAPPERS = {
    "sudo", "doas", "time", "command", "exec", "env", "nohup", "if", "elif", "while", "until",
    "then", "do", "else", "!", "{", "&",
}  # fmt: skip
_QUOTED_CURL = re.compile(r"\s*curl(?:\.exe)?\s", re.I)
_CONTINUES = re.compile(r"-[^\s-]|--\w|https?://", re.I)
_QUIET = {"done", "fi", "}", "esac", "exit", "wait", "true", ":"}
_FUNCTION = re.compile(r"[\w-]+\(\)")
_PROSE = re.compile(r"\d+[.)]\s.*|.*:", re.S)
_DECORATION = re.compile(r"[\s\-=#*_~+]*")


@dataclass(slots=True)
class Command:
    """One curl command: its words after `curl`, and what surrounds it."""

    words: list[str]
    line: int
    comment: str = ""
    stdin: str | None = None


@dataclass(slots=True)
class Script:
    """What a text holds: curl commands in order, what else stood there, and remarks."""

    marks: Marks
    deadline: Deadline
    commands: list[Command] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    depth: int = 0


@dataclass(slots=True)
class _Stage:
    """One program of a pipeline."""

    words: list[Token] = field(default_factory=list)
    stdin: str | None = None
    line: int = 0


def read_script(text: str, deadline: Deadline) -> Script:
    """Return the curl commands of a text in any of the three shells.

    Raises:
        Invalid: the text cannot be cut into words (the message names the line), or takes too long.
    """
    script = Script(Marks(), deadline)
    cleaned = clean(text)
    _read(cleaned, dialect_of(cleaned), script, line_offset=0)
    return script


def _read(text: str, dialect: Dialect, script: Script, *, line_offset: int) -> None:
    comments: list[str] = []
    newlines = 0
    pipeline: list[_Stage] = [_Stage()]
    tokens = [*_LEXERS[dialect](text, script.marks), Token("newline", "\n", 0)]
    for at, token in enumerate(tokens):
        script.deadline.check()
        if token.kind == "comment":
            comments.append(token.text)
            newlines = 0
            continue
        ends = token.kind == "newline" or (
            token.kind == "operator" and token.text not in ("|", "|&")
        )
        if not ends:
            newlines = 0
            _add(pipeline, token, script.marks, line_offset)
            continue
        newlines += token.kind == "newline"
        if any(stage.words for stage in pipeline):
            if _goes_on(pipeline, tokens, at):
                continue
            prose = _prose(pipeline)
            if not prose:
                _finish(pipeline, "\n".join(comments), dialect, script)
            comments, pipeline = [prose] if prose else [], [_Stage()]
        elif newlines > 1:  # an empty line parts a comment from what follows
            comments = []


def _goes_on(pipeline: list[_Stage], tokens: list[Token], at: int) -> bool:
    """Whether a command goes on behind a comment that was put between its continued lines.

    A shell ends it there and takes the option on the next line for a program; nobody means that.
    """
    if tokens[at].kind != "newline" or tokens[at - 1].kind != "comment":
        return False
    following = at + 1
    while following < len(tokens) and tokens[following].kind == "comment":
        following += 2  # with the end of its line
    return (
        any(map(is_curl, pipeline[-1].words))
        and following < len(tokens)
        and tokens[following].kind == "word"
        and _CONTINUES.match(tokens[following].text) is not None
    )


def _add(pipeline: list[_Stage], token: Token, marks: Marks, line_offset: int) -> None:
    stage = pipeline[-1]
    if token.kind == "operator":
        pipeline.append(_Stage())
    elif token.kind == "heredoc":
        stage.stdin = token.text
    elif token.kind == "redirect" or (stage.words and stage.words[-1].kind == "redirect"):
        _redirect(stage, token, marks)
    else:
        stage.line = stage.line or token.line + line_offset
        stage.words.append(token)


def _redirect(stage: _Stage, token: Token, marks: Marks) -> None:
    """Keep the redirect until its target arrives; output goes nowhere here."""
    if token.kind == "redirect":
        if not re.search(r"[<>]&\d$", token.text) and token.text.strip("0123456789") not in (
            "<<",
            "<<-",
        ):
            stage.words.append(token)
        return
    operator = stage.words.pop().text
    if operator == "<":
        stage.stdin = marks.mark("file", token.text)
    elif operator == "<<<":
        stage.stdin = token.text + "\n"


def _finish(pipeline: list[_Stage], comment: str, dialect: Dialect, script: Script) -> None:
    stdin: str | None = None
    seen_curl = False
    for stage in pipeline:
        words = [word for word in stage.words if word.kind == "word"]
        if dialect != "bash":
            words = _one_assignment(words, script.marks, is_piped=len(pipeline) > 1)
        for word in words:
            _read_commands_in(word.text, script, stage.line)
        words = _without_wrappers(words, script)
        words = started_by(words)
        if words and _QUOTED_CURL.match(words[0].text):
            _read_inner(words[0].text, script, stage.line)
            continue
        given = stage.stdin if stage.stdin is not None else stdin
        if words and is_curl(words[0]):
            given = None if given is None else expanded(given, script.marks)
            texts = expanded_words([word.text for word in words[1:]], script.marks)
            script.commands.append(Command(texts, stage.line, _tidy(comment), given))
            seen_curl = True
        elif seen_curl:
            name = program_name(words, script.marks)
            script.notes.append(f"Line {stage.line}: what follows the pipe ({name}) is ignored.")
            break
        elif stage is not pipeline[-1] or len(pipeline) > 1:
            stdin = output_of(words, given, script.marks)
            if dialect == "powershell" and len(words) == 1 and not words[0].is_bare:
                stdin = (
                    expanded(words[0].text, script.marks) + "\n"
                )  # a value by itself is piped on
            _note_if_lost(stage, pipeline, script)
        else:
            _otherprogram_name(words, stage, script)


def _one_assignment(words: list[Token], marks: Marks, *, is_piped: bool) -> list[Token]:
    """`$NAME = value` as one word; a value that PowerShell computes stays unknown."""
    if len(words) < 3 or words[1].text not in ("=", "+="):
        return words
    value = "".join(word.text for word in words[2:])
    if is_piped or (words[2].is_bare and _COMPUTED.match(value)):
        value = marks.mark("command", marks.as_written(value))
    return [Token("word", words[0].text + words[1].text + value, words[0].line)]


def _without_wrappers(words: list[Token], script: Script) -> list[Token]:
    """Take assignments and words such as `sudo` off the front."""
    is_declaring = False
    for index, word in enumerate(words):
        first = word.text
        # PowerShell assigns to `$NAME`, which the lexer has made a mark.
        found = _ASSIGNMENT.fullmatch(script.marks.as_written(first[:1]) + first[1:])
        if found:
            assign(found[1], found[3], script.marks, is_more=bool(found[2]))
        elif first in _DECLARING and index + 1 < len(words):
            is_declaring = True
        elif not (_is_wrapper(first) or (is_declaring and first.startswith("-"))):
            return words[index:]
    return []


def _is_wrapper(word: str) -> bool:
    return word in _WRAPPERS or _FUNCTION.fullmatch(word) is not None


def _read_commands_in(word: str, script: Script, line: int) -> None:
    """Commands whose output the shell puts into a word are tools of their own."""
    for origin in script.marks.origins(word):
        if origin.kind == "command" and re.search(r"\bcurl\s", origin.text):
            _read_inner(origin.text, script, line)


def _read_inner(text: str, script: Script, line: int) -> None:
    if script.depth >= MAX_NESTING:
        raise Invalid(
            f"Line {line}: commands are nested too deeply. Paste the inner one by itself.",
            field="source",
        )
    script.depth += 1
    _read(text, "bash", script, line_offset=line - 1)
    script.depth -= 1


def _prose(pipeline: list[_Stage]) -> str:
    """A line of a document that introduces a command, such as `2. List users:`, or nothing."""
    text = " ".join(word.text for word in pipeline[0].words if word.kind == "word")
    is_prose = len(pipeline) == 1 and "curl" not in text and _PROSE.fullmatch(text)
    return text if is_prose else ""


def _note_if_lost(stage: _Stage, pipeline: list[_Stage], script: Script) -> None:
    """A pipeline without any curl ends in silence otherwise."""
    last = [w.text for w in pipeline[-1].words if w.kind == "word"]
    if stage is pipeline[-1]:
        starts = program_name(pipeline[0].words, script.marks)
        has_hidden_curl = any("curl" in last_word for last_word in last)
        reason = (
            "xargs and loops run curl with words that are not in the text."
            if has_hidden_curl
            else "Only curl commands become tools."
        )
        script.skipped.append(Skipped(what=f"line {stage.line}: {starts}", reason=reason))


def _otherprogram_name(words: list[Token], stage: _Stage, script: Script) -> None:
    if not words or words[0].text in _QUIET:
        return
    if words[0].text == "read" and stage.stdin is not None:
        assign(words[-1].text, stage.stdin.strip(), script.marks)
        return
    what = f"line {stage.line}: {program_name(words, script.marks)}"
    script.skipped.append(Skipped(what=what, reason="Only curl commands become tools."))


def _tidy(comment: str) -> str:
    """The comment above a command, without frames and headings' number signs."""
    lines = [line.strip().lstrip("#").strip() for line in comment.split("\n")]
    kept = [line for line in lines if not _DECORATION.fullmatch(line) and not line.startswith("!")]
    return "\n".join(kept)
