"""The language of all that a person reads: English, or a catalogue that translates it.

The English sentences of the source are the keys. A catalogue
`explorer/locale/<language>/LC_MESSAGES/ssd-explorer.mo` (`make messages`) says each of them in
another language; what it lacks stays English. The language may change while the process lives: a
page learns it long after its modules were imported. So a text is looked up where it is shown, and
one that must be written down at import is only marked there.
"""

from __future__ import annotations

import gettext
import os
from itertools import takewhile
from pathlib import Path

DOMAIN = "ssd-explorer"
LOCALE = Path(os.environ.get("SSD_EXPLORER_LOCALE", Path(__file__).parent / "locale"))
"""Where the catalogues are; whoever works on one may keep it elsewhere."""

_catalogue = gettext.NullTranslations()


def set_language(code: str | None = None) -> None:
    """Speak another language from now on.

    Parameters
    ----------
    code : str, optional
        Such as "zh" or "zh_CN"; English if there is no catalogue for it. Without it, what the
        environment asks for (LANGUAGE, LC_ALL, LC_MESSAGES, LANG).
    """
    global _catalogue
    wanted = [code] if code else _asked_for()
    # English needs no catalogue: whoever names it before another language gets it.
    wanted = list(takewhile(lambda each: not each.startswith(("en", "C", "POSIX")), wanted))
    _catalogue = gettext.translation(DOMAIN, LOCALE, wanted or ["en"], fallback=True)


def language(source: str = "en") -> str:
    """Return the code of the language that is spoken, that of the source or such as "zh"."""
    return _catalogue.info().get("language", source)


def _(message: str, /, **values: object) -> str:
    """Return a text in the user's language, with `values` in the places that it names.

    Without values the places are left as they are, for whoever fills them later (a script, say).
    """
    text = _catalogue.gettext(message) if message else ""  # "" is the catalogue's own header
    return text.format(**values) if values else text


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the text for `n` things in the user's language, with `n` and `values` filled in.

    ``ngettext("{n} box", "{n} boxes", n)``: other languages have more forms than two, and some
    say 21 as they say 1, so `one` must name its number, too.
    """
    return _catalogue.ngettext(one, many, n).format(**{"n": n, **values})


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Return `message` as it is: it is marked here, and translated by `_` where it is shown."""
    return message


_REASONS = (
    N_("File exists"),
    N_("Is a directory"),
    N_("No space left on device"),
    N_("No such file or directory"),
    N_("Not a directory"),
    N_("Permission denied"),
    N_("Read-only file system"),
)
"""What the system says most often: its sentences are in the catalogue as ours are."""


def reason_of(error: OSError) -> str:
    """Return why the system refused, in the user's language."""
    return _(error.strerror) if error.strerror else str(error)


def _asked_for() -> list[str]:
    """Return the languages that the environment names, the best first."""
    variables = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((os.environ[each].split(":") for each in variables if os.environ.get(each)), [])


set_language()
