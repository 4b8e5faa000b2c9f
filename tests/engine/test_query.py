"""Expressions have the same value in every state as in Python; errors are shown at their position."""

from __future__ import annotations

import re
from functools import cache, partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import And, Formula, Or
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.spec import query
from backup_slr.engine.spec.query import DEEPEST, LONGEST, parse_step
from backup_slr.engine.spec.scope_needs import scope_needs
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, lifecycle, scope

ACCOUNT, PLACE = BACKUP.question_names()
parse = partial(query.parse, lifecycle=BACKUP)
SIZE = scope(1, 2, 2)
LAYOUT = Layout(lifecycle(), SIZE)


@cache
def states() -> list[State]:
    """All states of the right types in a small scope, reachable or not."""
    return list(product(*(range(LAYOUT.values(variable) or 0) for variable, _ in LAYOUT.cells)))


def python(text: str) -> str:
    """The same expression for Python, where any(...) and all(...) take a function of a place."""
    return re.sub(r"\b(any|all)\(", f"\\1(lambda {', '.join(PLACE)}: ", text)


def names(state: State) -> dict[str, Any]:
    """The values of the names in a state, read from its cells."""

    def cell(name: str, *place: int) -> int:
        return state[LAYOUT.cell(name, place)]

    places = [
        {"efs_automatic_backup": bool(cell("efs_automatic_backup", 0)), "is_default_vault": k == 0}
        | {"is_efs_vault": k == 1}
        | {name: cell(name, 0, k) for name in ("vault", "points", "job")}
        for k in range(2)
    ]
    words = {word: word for word in ("absent", "present", "deleting", "default", "edited")}
    return words | {
        "role": ("absent", "present", "deleting")[cell("role")],
        "description": ("default", "edited")[cell("description")],
        "cross_account": bool(cell("cross_account")),
        "using_role": any(place["job"] for place in places),
        "true": True,
        "false": False,
        "any": lambda of: any(of(**place) for place in places),
        "all": lambda of: all(of(**place) for place in places),
        "__builtins__": {},
    }


@cache
def meanings() -> list[dict[str, Any]]:
    """The values of the names in each state."""
    return [names(state) for state in states()]


def agrees(text: str, some: slice = slice(None)) -> None:
    """Check that an expression holds in the same states as in Python."""
    formula = parse(text)
    code = compile(python(text), "<expected>", "eval")
    for state, meaning in zip(states()[some], meanings()[some], strict=True):
        assert holds(formula, Situation(LAYOUT, state)) == bool(eval(code, meaning)), (text, state)


def complaint(text: str) -> tuple[str, str, int]:
    """The error of a broken expression: the message, the shown text, the column of the caret."""
    with pytest.raises(BadInput) as raised:
        parse(text)
    message, shown, caret = str(raised.value).split("\n")
    assert message.startswith("expression: ")
    assert shown.startswith("  ")
    assert caret == f"{' ' * (len(caret) - 1)}^"
    return message.removeprefix("expression: "), shown[2:], len(caret) - 3


# ---------------------------------------------------------------- meaning


SIGNS = ("==", "!=", "<", "<=", ">", ">=")
TEXTS = [
    *(f"{which}(points {sign} {number})" for which in ("any", "all") for sign in SIGNS for number in range(4)),
    *(f"{v.name} {s} {x}" for v in ACCOUNT.values() if isinstance(v, Enum) for x in v.values for s in ("==", "!=")),
    *(
        form.format(text)
        for text in ("cross_account", "using_role", "true", "false")
        for form in ("{}", "not {}", "{} == true", "{} == false", "{} != true", "{} != false")
    ),
    *(
        form.format(name)
        for name in PLACE
        if name != "points"
        for form in ("any({})", "all({})", "any(not {})", "not all({})", "any({} == false)")
    ),
    # "and" binds closer than "or", and "not" closer than both
    "cross_account or using_role and role == absent",
    "cross_account and using_role or role == absent",
    "not cross_account and using_role",
    "not cross_account or using_role",
    "not (cross_account or using_role)",
    "not not cross_account",
    "not role == absent",
    "cross_account and not using_role and not role != present",
    "cross_account or role == absent or using_role",
    "(cross_account or using_role) and role == absent",
    "any(vault and points > 0 or job) and not all(vault)",
    "any((vault) and (points > 0 or job))",
    "all(not vault or points == 0 and not job)",
    "any(role == present and job)",
    "role == present and any(points > 1) and not using_role",
]


def test_an_expression_means_what_the_same_words_of_python_mean() -> None:
    for text in TEXTS:
        agrees(text, slice(None, None, 3))


def outside() -> st.SearchStrategy[str]:
    """Expressions about an account, with random brackets, so that precedence matters."""
    inside = combined(
        st.sampled_from(["vault", "job", "efs_automatic_backup", "is_default_vault", "is_efs_vault", "role == absent"])
        | st.builds("points {} {}".format, st.sampled_from(SIGNS), st.integers(0, 3))
    )
    account = st.sampled_from(["cross_account", "using_role", "role == deleting", "description != default", "true"])
    return combined(account | st.builds("{}({})".format, st.sampled_from(["any", "all"]), inside))


def combined(atoms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Atoms under and, or, not and brackets."""
    return st.recursive(
        atoms,
        lambda part: (
            st.builds("{} {} {}".format, part, st.sampled_from(["and", "or"]), part)
            | st.builds("not {}".format, part)
            | st.builds("({})".format, part)
        ),
        max_leaves=4,
    )


@settings(deadline=None)
@given(outside(), st.integers(0, 60))
def test_any_expression_agrees_with_python(text: str, start: int) -> None:
    agrees(text, slice(start, None, 61))


@given(outside())
def test_blanks_between_words_are_ignored(text: str) -> None:
    spread = text.replace(" ", " \t\n ").replace("(", " ( ").replace(")", " ) ")
    assert parse(f"  {spread} ") == parse(text)


def test_blanks_are_needed_between_words_only() -> None:
    assert parse("role==absent and any(points>=1)") == parse("role == absent and any( points >= 1 )")


def test_an_expression_is_parsed_into_the_formulas_of_the_rules() -> None:
    formula = parse("cross_account and using_role and role == absent or any(vault)")
    assert isinstance(formula, Or)
    assert isinstance(formula.parts[0], And)
    assert len(formula.parts[0].parts) == 3
    assert isinstance(parse("cross_account"), Flag)


def test_every_variable_has_a_name() -> None:
    words = {name for name, thing in (*ACCOUNT.items(), *PLACE.items()) if not isinstance(thing, Formula)}
    assert words == {"role", "description", "points"}
    spoken = {variable.name for variable in lifecycle().state}
    assert spoken <= {*ACCOUNT, *PLACE}


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("cross_account", {}),
        ("any(points > 4)", {"points": 5}),
        ("all(points == 2) or any(points < 1)", {"points": 3}),
        ("not any(points >= 7)", {"points": 7}),
        ("any(action == start_job and after(points > 1))", {"points": 3}),
        ("action == delete_recovery_point and outcome == done implies after(any(points == 0))", {"points": 2}),
        ("any(vault and not is_default_vault)", {}),
        ("any(not (is_default_vault or is_efs_vault) and points > 1)", {"vaults": 3, "points": 2}),
        ("all(vault implies is_default_vault or is_efs_vault)", {"vaults": 3}),
        ("any(not is_default_vault and not is_efs_vault and after(not vault))", {"vaults": 3}),
    ],
)
def test_the_scope_that_an_expression_needs_is_known(text: str, needs: dict[str, int]) -> None:
    assert scope_needs(BACKUP, [parse_step(text, BACKUP)]) == needs


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("text", "place", "fragment"),
    [
        ("", "", "expected a name such as 'role', 'any(...)' or '('"),
        ("   ", "", "expected a name"),
        ("rol == absent", "rol", "unknown name 'rol'; did you mean 'role'?"),
        ("any(held)", "held", "'held' belongs to the extension legal-hold: add --with legal-hold, or in a file with"),
        ("role = absent", "=", "unexpected '='; use '=='"),
        ("role === absent", "= absent", "unexpected"),
        ("role == absent && cross_account", "&&", "use 'and'"),
        ("role == absent || cross_account", "||", "use 'or'"),
        ("!cross_account", "!", "use 'not'"),
        ("role == 'absent'", "'absent'", "write names without quotation marks"),
        ('role == "absent"', '"absent"', "write names without quotation marks"),
        ("any(points ≥ 1)", "≥", "use '>='"),
        ("role == Absent", "Absent", "role is one of absent, present, deleting, not 'Absent'"),
        ("role == 1", "1", "role is one of absent, present, deleting, not '1'"),
        ("role ==", "", "role is one of absent, present, deleting"),
        ("role", "", "expected == or != after 'role': role is one of absent, present, deleting"),
        ("role > absent", "> absent", "expected == or != after 'role'"),
        ("points > 1", "points", "use it inside any(...) or all(...)"),
        ("cross_account and vault", "vault", "use it inside any(...) or all(...)"),
        ("any(points)", ")", "expected a comparison such as 'points > 0'"),
        ("any(points > many)", "many", "expected a number to compare 'points' with"),
        ("any(points > -1)", "-1)", "unexpected"),
        ("any(points > 1.5)", ".5)", "unexpected"),
        ("any(points > 1", "", "expected ')'"),
        ("any points > 1", "points", "expected '(' after 'any'"),
        ("any()", ")", "expected a name"),
        ("any(all(vault))", "all", "'all' cannot be inside 'any'"),
        ("(cross_account", "", "expected ')'"),
        ("true implies true implies false", "implies false", "does not chain: write 'A implies (B implies C)'"),
        ("cross_account)", ")", "expected 'and', 'or', 'implies' or the end"),
        ("cross_account using_role", "using_role", "expected 'and', 'or', 'implies' or the end"),
        ("cross_account and", "", "expected a name"),
        ("and cross_account", "and", "unknown name 'and'"),
        ("cross_account == yes", "== yes", "it is true or false"),
        ("cross_account > true", "> true", "it is true or false"),
        ("not", "", "expected a name"),
        ("1 < 2", "1", "expected a name"),
        ("role == absent # why", "#", "unexpected"),
        ("__import__(0)", "__import__", "unknown name '__import__'"),
        ("lambda", "lambda", "unknown name 'lambda'"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_with_a_caret_under_its_place(text: str, place: str, fragment: str) -> None:
    message, shown, column = complaint(text)
    assert fragment in message
    assert shown == text
    assert shown[column:].startswith(place)
    assert place or column == len(text)


@pytest.mark.parametrize(
    ("text", "before"),
    [("日本", ""), ("role == 日", "role == "), ("cross_account é", "cross_account "), ("role == \x1b[31m", "role == ")],
)
def test_unknown_characters_are_quoted_and_never_sent_to_a_terminal(text: str, before: str) -> None:
    message, shown, column = complaint(text)
    assert message.isprintable()
    assert shown.isprintable()
    assert shown[:column] == before


def test_the_caret_is_in_the_right_column_after_wide_and_combining_characters() -> None:
    message, _, column = complaint("any(vault)\u3000\u0301x")
    assert "unexpected '\u0301'" in message
    assert column == len("any(vault)") + 1  # the wide blank is shown as a normal one
    *_, column = complaint("role == absent and x日")
    assert column == len("role == absent and x")


@pytest.mark.parametrize("length", [LONGEST + 1, 100_000, 1_000_000])
def test_a_very_long_expression_is_rejected_at_once(length: int) -> None:
    text = ("role == absent or " * length)[:length]
    message, shown, column = complaint(text)
    assert message == "longer than 10,000 characters"
    assert len(shown) <= 120
    assert column <= 60


def test_a_long_expression_is_cut_around_the_mistake() -> None:
    text = f"{'cross_account or ' * 300}rol == absent{' or cross_account' * 200}"
    message, shown, column = complaint(text)
    assert "unknown name 'rol'" in message
    assert shown[column:].startswith("rol == absent or cross_account")
    assert len(shown) == 120


@settings(deadline=None)
@given(st.integers(1, DEEPEST - 2), st.data())
def test_deep_nesting_is_accepted(depth: int, data: st.DataObject) -> None:
    text = "cross_account"
    for _ in range(depth):
        form = data.draw(st.sampled_from(["({} and using_role)", "({} or role == absent)", "not {}", "({})"]))
        text = form.format(text)
    Ground(SIZE)(parse(text))


@pytest.mark.parametrize("opening", ["(", "not ", "not ("])
@pytest.mark.parametrize("depth", [DEEPEST + 1, 1000, 3000])
def test_deeper_nesting_is_rejected(opening: str, depth: int) -> None:
    message, _, _ = complaint((opening * depth)[: LONGEST - 1])
    assert message == f"nested more than {DEEPEST} deep"


@pytest.mark.parametrize("digits", [19, 5000])
def test_a_number_that_is_too_large_is_rejected(digits: int) -> None:
    message, _, column = complaint(f"any(points > {'9' * digits})")
    assert message == "a number has at most 18 digits"
    assert column == len("any(points > ")


WORDS = ("any", "all", "and", "or", "not", "absent", "x", "é", "1", "(", ")", *SIGNS, " ")


@given(st.lists(st.sampled_from([*ACCOUNT, *PLACE, *WORDS]), max_size=12).map(" ".join) | st.text())
def test_any_text_is_a_formula_or_an_error_with_its_position(text: str) -> None:
    try:
        assert isinstance(parse(text), Formula)
    except BadInput:
        _, shown, column = complaint(text)
        assert column <= 2 * len(shown)


def test_an_operation_of_one_action_names_it_in_a_step_expression() -> None:
    same = [query.parse_step(f"action == {name}", BACKUP) for name in ("delete_backup_vault", "DeleteBackupVault")]
    assert same[0] == same[1]
    with pytest.raises(BadInput, match="'UpdateRole' is the operation of 2 actions: edit_description, rename_role"):
        query.parse_step("action == UpdateRole", BACKUP)
