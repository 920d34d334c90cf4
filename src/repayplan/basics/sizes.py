"""How large what is given may be: beyond these bounds an error comes before anything is worked out.

Amounts, dates and lengths of plans have their own: :data:`~repayplan.basics.money.MAX_UNITS`,
:data:`~repayplan.basics.dates.FIRST_YEAR` and ``LAST_YEAR``, :data:`~repayplan.kernel.rules.MAX_PERIODS`.
"""

from __future__ import annotations

MAX_SHOWN = 200
"""Characters of a value that an error shows."""
MAX_RULE = 2_000
"""Characters of the rule that an error names: it may list what there is."""
MAX_NUMBER = MAX_SHOWN
"""Characters of a number, a date or a name from a list, in a column."""
MAX_RULES = 1_000_000
"""Characters of TOML: a policy, an allowance, a file of plans."""
MAX_RECORD = 10_000_000
"""Characters of JSON: an agreement, a decision."""
MAX_KEYS = 32
"""Keys of TOML with dots between them, in one name."""
MAX_PLAN = 10_000
"""Characters of the text of a plan."""
MAX_BRACKETS = 50
"""Brackets that may stand inside one another in the text of a plan."""
MAX_PLAN_NUMBER = 100
"""Characters of a number in the text of a plan."""
MAX_CELL = 1_000
"""Characters of a cell of a CSV file: a longer one is a quotation mark that was never closed."""
MAX_COLUMNS = 10_000
"""Columns of a file."""
MAX_CELLS = 250_000_000
"""Cells of a file that is read whole; :func:`repayplan.stream` reads larger ones in parts."""
MAX_COLUMN_BYTES = 2**31
"""Memory of one column of text, in which every text takes as much as the longest."""
MAX_WORKERS = 1_024
"""Threads of one call."""
