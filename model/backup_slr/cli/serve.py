"""``backup-slr serve``: an endpoint for AWS clients on a local port."""

from __future__ import annotations

from pathlib import Path as FilePath

from backup_slr.cli.endpoint_options import ServeOptions
from backup_slr.cli.render import note, write_lines
from backup_slr.errors import BadInput


def serve(options: ServeOptions) -> int:
    """Answer AWS clients on a local port.

    With ``--record``, what the clients of each further access key did is in a file whose name ends with the number of
    their account.
    """
    from backup_slr.endpoint.server import serve as serve_on_port  # here, so that a missing library is a message

    if options.record not in (None, "-"):
        _check_writable(str(options.record))
    aws = options.model.role.emulated(options.strict)

    def ready(url: str) -> None:
        note(f"serving on {url}; Ctrl-C ends it")
        note(f"  export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x")
        note("  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1")  # boto3 reads only the second one
        note(f"  control: curl {url}/_slr/")
        for difference in aws.account().differences:
            note(f"  not as it was observed: {difference}")

    def record() -> None:
        first = aws.account()
        for account in aws.accounts.values() if options.record is not None else ():
            file = FilePath(str(options.record))
            if account is not first and options.record != "-":
                file = file.with_stem(f"{file.stem}-{account.emulated.number}")
            write_lines(account.scenario().splitlines(), str(file))

    serve_on_port(aws.answer, port=options.port, ready=ready)
    record()
    return 0


def _check_writable(file: str) -> None:
    """Report a file that cannot be written before anything happens."""
    try:
        with FilePath(file).open("a"):
            pass
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be written: {getattr(error, 'strerror', None) or error}", file) from None
