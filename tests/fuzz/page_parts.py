"""A sentence with a link that clauses share: a change in one part affects only the clause of that part.

New words where no part is missing affect all clauses; the test knows where they were inserted.
"""

from __future__ import annotations

from random import Random

from backup_slr.drift.comparison import PageComparison
from backup_slr.engine.spec.documentation import Clause, Part, SavedPage, phrase_hash, sentence_hash
from backup_slr.lifecycle.clauses import CLAUSES
from fuzz.pages import WORDS

DOSE = 200


def trial(random: Random) -> str | None:
    """Make a sentence of parts, change it in one or two places, and compare the affected clauses."""
    words = random.sample(WORDS, 19)
    parts = [" ".join(words[n : n + random.randint(2, 4)]).strip(",") for n in (0, 4, 8, 12)]
    link = " ".join(words[16:]).strip(",").title()
    ids = [c.id for c in CLAUSES[:3]]

    def sentence(parts: list[str], link: str) -> str:
        return f"When {parts[0]}, {parts[1]}, or {parts[2]}, then {parts[3]}, see {link}."

    # "when", "then" and the consequence belong to all clauses
    phrases = [Part(phrase_hash("When"))]
    phrases += [Part(phrase_hash(text), (of,)) for text, of in zip(parts, ids, strict=False)]
    phrases += [Part(phrase_hash(f"then {parts[3]} see")), Part(phrase_hash(link), link=True)]
    whole = sentence(parts, link)
    last = "The yard is swept."
    clauses = tuple(Clause(i, "rule", "It is so.", (sentence_hash(whole),)) for i in ids)
    as_read = SavedPage(clauses, (sentence_hash(whole), sentence_hash(last)), {sentence_hash(whole): tuple(phrases)})
    at = random.randrange(6)
    if at == 5:
        place = random.choice(("When ", f"{parts[0]}, ", f"{parts[1]}, or ", f"{parts[2]}, "))
        changed = [random.choice((parts[0], "elsewhere")), *parts[1:]] if place.startswith(parts[2]) else parts
        now, expected = sentence(changed, link).replace(place, f"{place}otherwise ", 1), set(ids)
    elif at == 4:
        now, expected = sentence(parts, "Another Title of the house"), set[str]()
    else:
        words = parts[at].split()
        words[random.randrange(len(words))] = "otherwise"
        now = sentence([*parts[:at], " ".join(words), *parts[at + 1 :]], link)
        expected = set(ids) if at == 3 else {ids[at]}
    found = PageComparison(f"{now}\n\n{last}", f"{whole}\n\n{last}", as_read, "TheRole")
    blamed = {d.clause.id for d in found.compared if d.status != "unchanged"}
    if blamed != expected or found.drifted != bool(expected) or found.new:
        return f"blamed: {blamed}, not {expected}: {whole} -> {now}"
    return None
