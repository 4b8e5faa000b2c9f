"""A comparison as one self-contained HTML page: pictures, table, and the command that reproduces it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from backup_slr.errors import printable
from backup_slr.runbook import plots
from backup_slr.runbook.experiment import Recorded, Study
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.statistics import TICKS
from backup_slr.runbook.study_document import RunbookResult, percent, refusals, time_text
from backup_slr.version import __version__

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
small { color: #555; } pre { background: #f4f4f4; padding: .8rem; white-space: pre-wrap; }
figure { margin: 1rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; }
"""


def page(study: Study, found: Sequence[RunbookResult], one: Recorded, title: str, done: int, command: str) -> str:
    pictures = (
        ("Time to deletion", "curves", plots.curves(study, found)),
        ("Calls", "calls", plots.calls(found)),
        ("One run", "timeline", plots.timeline(one, study.environment.names, title)),
    )
    head = _text(study.environment.title)
    lines = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{head}: runbooks compared</title><style>{STYLE}</style></head><body>",
        f"<h1>{head}: {len(found)} runbook{'s' if len(found) > 1 else ''}</h1>",
        f"<p>{_text(study.environment.story)}</p>",
        f"<p>{done:,} runs of each on the same random numbers, seed {study.seed}. In parentheses: 95 % confidence.</p>",
        *_table(found),
    ]
    for heading, name, picture in pictures:
        lines += [
            f'<h2>{heading}</h2><figure id="{name}" role="img" aria-label="{heading}">{plots.svg(picture)}</figure>'
        ]
    lines += ["<h2>The runbooks</h2><dl>"]
    lines += [f"<dt><b>{_text(o.book.name)}</b></dt><dd>{_text(o.book.story or o.book.title)}</dd>" for o in found]
    lines += ["</dl>", "<h2>Command</h2>", f'<pre id="command">{escape(printable(command, None))}</pre>']
    lines += [f"<p><small>backup-slr {__version__}</small></p>", "</body></html>"]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return escape(printable(" ".join(text.split()), 2000))


def _table(found: Sequence[RunbookResult]) -> Iterator[str]:
    columns = ("succeeds", "mean", "median", "p90", "p99", "calls", "exact")
    yield '<table id="results"><thead><tr><th>runbook</th>'
    yield "".join(f'<th class="n">{column}</th>' for column in columns)
    yield "<th>refusals in a run</th></tr></thead><tbody>"
    for outcome in found:
        summary = outcome.summary
        share, (low, high) = summary.success
        mean, interval = summary.minutes.mean, summary.minutes.interval() or ()
        cells = [f"{percent(share)}<br><small>({percent(low)} to {percent(high)})</small>"]
        cells.append(_time(None if mean is None else mean / TICKS, *(x / TICKS for x in interval)))
        levels = (0.5, 0.9, 0.99)
        cells += [_time(summary.quantile(level), *(summary.quantile_interval(level) or ())) for level in levels]
        cells += [f"{summary.calls.mean:.1f}", _exact(outcome)]
        refused = ", ".join(f"{_text(reason)}&nbsp;{n:.2f}" for reason, n in refusals(summary).items())
        yield f"<tr><td>{_text(outcome.book.title)}<br><small>{_text(outcome.book.name)}</small></td>"
        yield "".join(f'<td class="n">{cell}</td>' for cell in cells)
        yield f"<td>{refused or 'none'}</td></tr>"
    yield "</tbody></table>"


def _time(minutes: float | None, *interval: float | None) -> str:
    """A time with its interval below it in the same unit."""
    value, sign, rest = time_text(minutes, *interval).partition(" (")
    around, _, unit = rest.partition(") ")
    return f"{value} {unit}<br><small>({around})</small>" if sign else value


def _exact(outcome: RunbookResult) -> str:
    if isinstance(outcome.exact, NoAnswer):
        return f'<small title="{_text(str(outcome.exact))}">not available</small>'
    exact = outcome.exact
    return f"{time_text(exact.minutes)}<br><small>{exact.calls:.2f} calls</small>"
