"""Files that are read by name: only those that ship, none longer than its bound, and no path that is none."""

import pytest

import repayplan as rp
from repayplan import Code

RULE = 'adult_first = "1"\nadult_further = "1"\nchild = "0"\ncovers = ["food"]\nsource = "own"\n'


@pytest.mark.parametrize("example", [rp.allowance_example, rp.Policy.example], ids=["allowance", "policy"])
@pytest.mark.parametrize(
    "name", ["{own}", "../consumer", "allowances/ie-2013", "..", "a" * 5_000, "a\0b", None, []]
)
def test_an_example_is_one_that_ships_and_no_other_file(tmp_path, example, name):
    (tmp_path / "own.toml").write_text(RULE)
    given = str(tmp_path / "own") if name == "{own}" else name
    with pytest.raises(rp.PolicyError, match="one of ") as caught:
        example(given)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "example")
