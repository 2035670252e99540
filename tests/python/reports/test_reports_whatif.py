"""`segments whatif`: the printed examples, numbers people mistype, and terms taken from a segment."""

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from jinja2 import Template
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import InputError, WrongUse
from orchestration.inference import cards
from orchestration.paths import PROJECT_DIR
from reports.whatif import ask
from reports.whatif_input import read_money, read_points, read_share, read_years
from reports.whatif_segment import SegmentTerms, read_segment

runner = CliRunner()

_ENTER = "enter --arr 30000 --gross-margin 65% --support 6000 --cac 9000 --renewal 80% --years 3"
_ACCELERATE = "accelerate --expand 70% --value 18000 --margin 70% --cost 3000"
_CONCEDE = "concede --arr 40000 --margin-points 10 --years 3"
_MACROS = {
    _ENTER: ("card_entry_value", ("30000", "0.65", "6000", "3", "0.8", "9000")),
    _ACCELERATE: ("card_acceleration_value", ("0.7", "18000", "0.7", "3000", "0")),
    _CONCEDE: ("card_concession_loss", ("40000", "0.10", "3")),
}
_PYTHON = {
    _ENTER: cards.enter_value(30_000, "0.65", 6_000, 3, "0.8", 9_000),
    _ACCELERATE: cards.accelerate_value("0.7", 18_000, "0.7", 3_000),
    _CONCEDE: cards.concede_loss(40_000, 10, 3),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEGMENTS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _as_json(line: str) -> dict[str, object]:
    result = runner.invoke(app, ["whatif", *line.split(), "--json"])
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize(
    ("line", "value", "answer"),
    [(_ENTER, "23400", "yes"), (_ACCELERATE, "5820", "yes"), (_CONCEDE, "-12000", "no")],
)
def test_command_line_python_and_sql_give_the_printed_figures(line: str, value: str, answer: str) -> None:
    found = _as_json(line)
    assert (found["value"], found["answer"]) == (value, answer)
    assert _PYTHON[line] == abs(Decimal(value))
    name, arguments = _MACROS[line]
    jinja = Template((PROJECT_DIR / "macros/cards/card_formulas.sql").read_text() + f"{{{{ {name}{arguments!r} }}}}")
    assert duckdb.sql(f"select {jinja.render()}").fetchall() == [(abs(Decimal(value)),)]


def test_the_text_shows_terms_arithmetic_answer_and_break_evens() -> None:
    text = runner.invoke(app, ["whatif", *_ENTER.split()]).stdout
    assert "A year: 30,000 x 65% - 6,000 = 13,500" in text
    assert "Over the life: 13,500 x 3 years x 80% = 32,400" in text
    assert "Yes: it leaves 23,400" in text
    assert "more than 22.2% renew" in text
    assert "costs less than 32,400" in text


@pytest.mark.parametrize("question", ["enter", "accelerate", "concede"])
def test_help_shows_the_printed_example(question: str) -> None:
    text = " ".join(runner.invoke(app, ["whatif", question, "--help"]).stdout.split())
    line = {"enter": _ENTER, "accelerate": _ACCELERATE, "concede": _CONCEDE}[question]
    assert f"segments whatif {line}" in text


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("enter --arr -1 --gross-margin 65%", "--arr"),
        ("enter --arr 30000 --gross-margin 65", "--gross-margin"),
        ("enter --arr 30000 --renewal 130%", "--renewal"),
        ("enter --arr nan", "--arr"),
        ("enter --arr 1.000,50", "--arr"),
        ("enter --arr 30000", "--gross-margin"),
        ("enter --years 0", "--years"),
        ("concede --arr 40000 --margin-points 0.10 --years 3", "--margin-points"),
        ("concede --arr 40000 --margin-points 101 --years 3", "--margin-points"),
        ("concede --arr 40000 --margin-points 10 --years 3 --win-uplift 5%", "--win-probability"),
        ("concede --arr 40000 --margin-points 10 --years 3 --win-probability 98% --win-uplift 5%", "--win-uplift"),
        ("accelerate --expand inf", "--expand"),
    ],
)
def test_a_wrong_number_names_its_option_and_the_next_step(line: str, option: str) -> None:
    result = runner.invoke(app, ["whatif", *line.split()])
    assert result.exit_code == 2
    assert option in result.stderr
    assert "Next step:" in result.stderr
    assert "Traceback" not in result.stderr


def test_numbers_are_read_as_people_write_them() -> None:
    assert {read_money("--arr", text) for text in ("30000", "30,000", "30k", "30K", "0.03m")} == {Decimal(30_000)}
    assert {read_share("--renewal", text) for text in ("65%", "65 %", "0.65", ".65")} == {Decimal("0.65")}
    assert read_share("--gross-margin", "-5%", lowest=-1) == Decimal("-0.05")
    assert read_share("--renewal", "1") == 1
    assert {read_points("--margin-points", text) for text in ("10", "10%")} == {Decimal(10)}
    assert read_points("--margin-points", "0.5%") == Decimal("0.5")
    assert read_years("--years", "2.5") == Decimal("2.5")


@pytest.mark.parametrize(("renewal", "answer"), [("22%", "no"), ("23%", "yes")])
def test_the_lowest_renewal_is_where_the_answer_turns(renewal: str, answer: str) -> None:
    assert _as_json(_ENTER.replace("80%", renewal))["answer"] == answer


def test_at_the_break_even_nothing_is_earned_and_the_answer_is_no() -> None:
    found = _as_json(_ENTER.replace("9000", "32400"))
    assert (found["value"], found["answer"]) == ("0", "no")
    assert _as_json(_ENTER.replace("9000", "32399.99"))["answer"] == "yes"
    assert _as_json(_ACCELERATE.replace("3000", "8820"))["answer"] == "no"
    assert _as_json(_ACCELERATE.replace("3000", "8819"))["answer"] == "yes"


def test_a_concession_is_weighed_against_the_rise_it_would_bring() -> None:
    odds = f"{_CONCEDE} --win-probability 40% --gross-margin 70% --support 0 --win-uplift"
    # 12,000 of 84,000 is given away: 0.4 x 12,000 / 72,000 = 6.67 points are needed
    assert _as_json(f"{odds} 6.6%")["answer"] == "no"
    assert _as_json(f"{odds} 6.7%")["answer"] == "yes"
    found = _as_json(f"{odds} 5%")
    assert found["value"] == "-1200"
    break_evens = found["break_evens"]
    assert isinstance(break_evens, dict)
    assert Decimal(break_evens["needed_win_uplift"]) == pytest.approx(Decimal(1) / 15, abs=Decimal("1e-12"))
    # 7.78 points of margin turn it: 0.45 x (84,000 - 9,333.33) = 33,600
    assert Decimal(break_evens["largest_margin_points"]) == pytest.approx(Decimal(70) / 9, abs=Decimal("1e-12"))


def test_where_nothing_turns_the_answer_it_says_so() -> None:
    costly = _as_json("enter --arr 10000 --gross-margin 50% --support 6000 --cac 0 --renewal 80% --years 3")
    assert costly["break_evens"] == {"lowest_renewal": None, "largest_cac": None}
    assert costly["answer"] == "no"
    deep = _as_json(f"{_CONCEDE} --win-probability 40% --gross-margin 5% --support 0".replace("points 10", "points 5"))
    assert deep["break_evens"] == {"needed_win_uplift": None, "largest_margin_points": None}
    # from 95 % the needed rise would go beyond certainty
    assert cards.needed_win_uplift(84_000, 12_000, "0.95") is None
    assert _as_json("concede --arr 40000 --margin-points 0 --years 3")["answer"] == "yes"


_SEGMENT = SegmentTerms(
    segment_id="S1",
    arr=Decimal(30_000),
    gross_margin_rate=Decimal("0.65"),
    support_per_arr=Decimal("0.2"),
    cac=Decimal(9_000),
    renewal_rate=Decimal("0.8"),
    life_years=Decimal(3),
    life_years_p05=Decimal("2.5"),
    life_years_p95=Decimal("3.5"),
    expand_probability=Decimal("0.7"),
    expand_probability_p05=Decimal("0.6"),
    expand_probability_p95=Decimal("0.8"),
    expansion_per_arr=Decimal("0.6"),
    survival_mean=Decimal(40_000),
    survival_p05=Decimal(30_000),
    survival_p95=Decimal(50_000),
)


def test_what_is_not_given_is_taken_from_the_segment() -> None:
    given: dict[str, str | None] = dict.fromkeys(
        ("--arr", "--gross-margin", "--support", "--cac", "--renewal", "--years"), None
    )
    assert ask("enter", given, _SEGMENT).value == 23_400
    smaller = ask("enter", {**given, "--arr": "15k"}, _SEGMENT)
    sources = {term.name: term.source for term in smaller.terms}
    assert sources == {
        "arr": "given",
        "gross margin": "segment S1",
        "support": "segment S1",
        "cac": "segment S1",
        "renewal": "segment S1",
        "years": "segment S1",
    }
    assert smaller.interval is not None
    assert smaller.interval[1:] == (Decimal(11_000), Decimal(6_000), Decimal(16_000))
    given = {"--expand": None, "--value": None, "--margin": "70%", "--cost": "3k", "--added-support": None}
    accelerated = ask("accelerate", given, _SEGMENT)
    assert accelerated.value == 5_820
    with pytest.raises(WrongUse, match="--cost is missing, and segment S1 does not know it"):
        ask(
            "accelerate",
            dict.fromkeys(("--expand", "--value", "--margin", "--cost", "--added-support"), None),
            _SEGMENT,
        )


def test_a_segment_is_read_from_what_is_published(tmp_path: Path) -> None:
    file = tmp_path / "published.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        connection.execute("""
            create table marts.mart_lifecycle_unit_economics as
            select 'S1' as segment_id, 'Light' as segment_name, 30000.00 as starting_arr_per_customer_amount,
                0.65 as gross_margin_rate, false as is_support_left_out, 100.00 as support_cost_amount,
                1000.00 as arr_amount, 9000.00 as cac_amount, 0.8 as renewal_rate, 3.0 as life_years_mean,
                2.5 as life_years_p05, 3.5 as life_years_p95, 1.0 as ltv_survival_mean_amount,
                0.5 as ltv_survival_p05_amount, null as ltv_survival_p95_amount
            union all
            select 'S2', 'Heavy', 1, 0.5, true, 5, 10, 1, 0.5, 1, 1, 1, 1, 1, 1
        """)
        connection.execute(
            "create table marts.dim_segment as select 'S1' as segment_id, 0.2::double as support_cost_per_arr_year_mean"
        )
        connection.execute("""
            create table marts.mart_segment_expansion_curve as
            select 'S1' as segment_id, 12 as age_month, 0.7::double as expanded_share_mean,
                0.6::double as expanded_share_p05, 0.8::double as expanded_share_p95,
                0.42::double as added_arr_per_arr_mean
        """)
    found = read_segment(file, "Light")
    assert (found.segment_id, found.support_per_arr, found.expansion_value) == ("S1", Decimal("0.2"), Decimal(18_000))
    assert found.entry_interval(Decimal(1), Decimal(0)) is None
    # support that was left out is unknown, not free
    assert read_segment(file, "S2").support_per_arr is None
    with pytest.raises(WrongUse, match="no published segment") as wrong:
        read_segment(file, "S9")
    assert wrong.value.next_step == "Use one of S1, S2."
    with pytest.raises(InputError, match="Nothing is published"):
        read_segment(tmp_path / "none.duckdb", "S1")


def test_amounts_with_a_currency_sign_are_read_and_ambiguous_ones_refused() -> None:
    assert read_money("--cac", "$9000") == read_money("--cac", "€ 9,000") == 9_000
    for text in ("6.000", "1.234.567"):
        with pytest.raises(WrongUse, match="may be"):
            read_money("--support", text)
