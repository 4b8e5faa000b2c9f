"""The files of the page, and the policy under which a browser shows them: nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parent / "page"


def policy(*more: str, script: str = "", connect: str = "") -> str:
    """The content security policy of the page.

    Parameters
    ----------
    more
        Further directives.
    script, connect
        Further sources of scripts and of data.

    Examples
    --------
    >>> policy("worker-src 'self'", connect="https://example.org").split("; ")[3::4]
    ["connect-src 'self' https://example.org", "worker-src 'self'"]
    """
    directives = (
        "default-src 'none'",
        f"script-src 'self' {script}",
        "style-src 'self'",
        f"connect-src 'self' {connect}",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        *more,
    )
    return "; ".join(map(str.strip, directives))
