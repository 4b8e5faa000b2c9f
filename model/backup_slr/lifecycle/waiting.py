"""Who or what performs an action, beyond the user: time, or another person."""

from __future__ import annotations

ONLY_TIME = frozenset({"retention_ends", "grace_time_ends", "time_passes"})
"""The actions of the service that happen at a date, and not soon after a request."""

OTHER_PEOPLE = {
    "cancel_legal_hold": "the person who is responsible for legal holds",
    "remove_obstacle": "the person who protected the recovery points",
    "release_snapshot": "the owner of the image or of the snapshot lock",
}
"""The actions that usually need another person, with that person."""
