"""Reading a Dockerfile: the same instructions as BuildKit's own parser finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocdeploy.source.dockerfile import directives, instructions

BODIES = {
    "several here-documents": 'COPY <<one <<two /etc/\nfirst\none\nFROM no\nCMD ["no"]\ntwo\nCMD ["yes"]\n',
    "a name with a dot": "COPY <<app.conf /etc/app.conf\nFROM no\napp.conf\nUSER 1\n",
    "an indented end is none": "RUN <<EOF\ncat <<-INNER\n  EOF\nUSER 2\nEOF\nUSER 1\n",
    "tabs before the end": "RUN <<-EOF\n\tUSER 2\n\tEOF\nUSER 1\n",
    "a quoted end": "RUN <<'END OF' <<\"X\"\na\nEND OF\nb\nX\nUSER 1\n",
    "a descriptor": "RUN python 3<<EOF\nUSER 2\nEOF\nUSER 1\n",
    "a shift": 'RUN python -c "print(1<<N)"\nUSER 1\n',
    "a here-string": "RUN grep -q x <<<WORDS\nUSER 1\n",
    "a space before the name": "RUN cat << EOF\nUSER 1\n",
    "in quotes": "RUN echo 'usage: cat <<EOF'\nUSER 1\n",
    "in JSON": 'RUN ["cat", "<<EOF"]\nUSER 1\n',
    "in a comment": "# see <<EOF\nUSER 1\n",
    "behind a continued line": "RUN --mount=type=cache,target=/x \\\n  <<EOF\nUSER 2\nEOF\nUSER 1\n",
    "a blank line": 'CMD ["a", \\\n\n  "b"]\n',
    "a comment within": 'CMD ["a", \\\n# why \\\n  "b"]\n',
    "spaces behind the backslash": 'CMD ["a", \\  \n  "b"]\n',
    "two backslashes": "RUN echo a\\\\\nUSER 1\n",
    "text behind the list": 'CMD ["a"] # serve\n',
    "single quotes": "CMD ['a', 'b']\n",
    "numbers in the list": 'CMD ["a", 1]\n',
    "tabs": 'CMD\t["yes"]\nENV\tA=1\n',
    "Windows line ends": 'RUN a \\\r\n  b\r\nCMD ["yes"]\r\n',
    "other characters that end lines": 'RUN echo "a\x85b\u2028c\x0cd"\nCMD ["yes"]\n',
    "flags": "COPY --from=x --chown=1:1 a b\nHEALTHCHECK --interval=5s CMD curl --fail x\n",
    "a quoted flag": 'RUN --mount=type=bind,source="a b",target=/x true\n',
    "no end": "RUN a \\",
}
HEADS = (
    "",
    "\ufeff",
    "# syntax=docker/dockerfile:1\n",
    "# escape=`\n",
    "\ufeff# escape=`\n",
    "# why\n# escape=`\n",
    "\n",
)


def parsed(text: str) -> list[tuple[object, ...]]:
    return [(each.name, each.flags, each.words, each.heredocs, each.line) for each in instructions(text)]


def official(text: str) -> list[tuple[object, ...]] | None:
    """Return what BuildKit's parser finds; None if it refuses the text."""
    reference = pytest.importorskip("dockerfile", reason="no wheel of BuildKit's parser for this platform")
    try:
        found = reference.parse_string(text)
    except reference.GoParseError:
        return None
    if any(each.cmd is None for each in found):  # what is no instruction
        return None
    return [
        (
            each.cmd.upper(),
            each.flags,
            each.value if each.json else None,
            tuple(document.content for document in each.heredocs),
            each.start_line,
        )
        for each in found
    ]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_instructions_are_those_of_buildkit(head: str, body: str) -> None:
    text = f"{head}FROM a:1\n{body}"
    expected = official(text)
    assert expected is None or parsed(text) == expected


PARTS = [*"\\`\n \t#'\"b", "\\\n", "`\n", "\r\n", "FROM a\n", "RUN ", "COPY ", "CMD ", "--x=1 ", "# c\n"]
PARTS += ["<<EOF", "<<-E", "3<<EOF", "EOF\n", "E\n", '["a"', ', "b"]']
LINES = st.sampled_from(PARTS)


@settings(derandomize=True, deadline=None)
@given(st.lists(LINES, max_size=14).map("".join))
def test_any_text_is_read_as_buildkit_reads_it(text: str) -> None:
    expected = official(f"FROM a\n{text}")
    assert expected is None or parsed(f"FROM a\n{text}") == expected


def test_directives_stand_before_everything_else() -> None:
    assert directives("\ufeff# Escape = `\n#syntax=a/b:1\nFROM x\n# check=skip\n") == {"escape": "`", "syntax": "a/b:1"}
    assert directives("\n# escape=`\n") == {}


def test_commands_are_lists_or_lines_of_a_shell() -> None:
    command, line = instructions('CMD ["uvicorn", "main:app"]\nENTRYPOINT exec uvicorn --port $PORT\n')
    assert command.command == ("uvicorn", "main:app")
    assert line.command == ("sh", "-c", "exec uvicorn --port $PORT")
