"""``backup-slr serve``: an endpoint for AWS clients on a local port."""

from __future__ import annotations

from backup_slr.cli.endpoint_options import ServeOptions
from backup_slr.cli.render import note, write_lines


def serve(options: ServeOptions) -> int:
    """Answer AWS clients on a local port."""
    from backup_slr.endpoint.server import serve as serve_on_port  # here, so that a missing library is a message

    aws = options.model.role.emulated(options.strict)

    def ready(url: str) -> None:
        note(f"serving on {url}; Ctrl-C ends it")
        note(f"  export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_REGION=us-east-1")
        note(f"  control: curl {url}/_slr/")

    serve_on_port(aws.answer, port=options.port, ready=ready)
    if options.record is not None:
        write_lines(aws.account().scenario().splitlines(), options.record)
    return 0
