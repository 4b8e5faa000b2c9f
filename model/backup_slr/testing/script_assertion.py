"""An assertion about clean-up scripts, for tests in any framework."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backup_slr.api.account import Account
    from backup_slr.api.script_checking import ScriptAnswer


def assert_copes(
    script: str | Path, account: str | Path | Account | None = None, events: int = 2, **options: Any
) -> ScriptAnswer:
    """Check that a script deletes the role under every schedule of at most some events.

    Parameters
    ----------
    script, account, events, options
        See `backup_slr.api.script_checking.check_script`.

    Returns
    -------
    ScriptAnswer
        The result, with the number of schedules.

    Raises
    ------
    AssertionError
        When it fails under one of them, or a limit was reached first. The message is the report: it has the shortest
        failing schedule, and the option that runs it again.
    BadInput
        When the script cannot be run.

    Examples
    --------
    >>> import tempfile
    >>> script = Path(tempfile.mkdtemp()) / "optimist.py"
    >>> _ = script.write_text("print('done')")  # no role exists in a new account
    >>> assert_copes(script, events=0, jobs=1).schedules
    1
    """
    from backup_slr.api.script_checking import check_script

    found = check_script(script, account, events=events, **options)
    if not found.copes:
        raise AssertionError(f"\n{found}")
    return found
