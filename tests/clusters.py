"""What the in-memory verbs say of the loans that a cluster works through, by the loans' own ids."""

from repayplan import Households, Loans, Policy, Work, col, equal_instalment, propose, schedule

POLICY = Policy.example("consumer")
PLAN = equal_instalment(col("unpaid"))
OFFERS = Work(policy=POLICY, schedules=True, keep=("id",))
PLANS = Work(plan=PLAN, schedules=True, extra="ignore", keep=("id",))


def by_verb(work, table):
    """What `propose` or `schedule` says of a table of loans, as tables of pyarrow."""
    loans = Loans.from_frame(table)
    if work.policy is None:
        out, made = schedule(loans, work.plan), {}
        rows = out.value
    else:
        out = propose(loans, Households.from_frame(table, extra="ignore"), work.policy)
        made, rows = {"decisions": out.value.to_frame("arrow")}, out.value.schedules
    made |= {"failures": out.failures.to_frame("arrow"), "schedules": rows.to_frame("arrow")}
    return {
        name: each.drop_columns(["row"]).add_column(0, "id", table["id"].take(each["row"]))
        for name, each in made.items()
    }


def differences(found, want):
    """Say which columns of tables of pyarrow differ, whatever the order of the rows.

    The block function's schedules have columns that those of the verbs lack, and the other way round: what
    both have is compared, and more than `id` must be.
    """
    said = []
    for name, wanted in want.items():
        keys = [(key, "ascending") for key in ("id", "period", "field", "code") if key in wanted.column_names]
        mine, theirs = found[name].sort_by(keys), wanted.sort_by(keys)
        if mine.num_rows != theirs.num_rows:
            said.append(f"{name}: {mine.num_rows} rows for {theirs.num_rows}")
            continue
        shared = [each for each in theirs.column_names if each in mine.column_names]
        if len(shared) < min(7, mine.num_columns):
            said.append(f"{name}: only {shared} are in both")
        said += [
            f"{name}: {each}"
            for each in shared
            if not mine[each].cast(theirs[each].type).equals(theirs[each])
        ]
    return said
