"""A programme of 500 applicants, from intake to summing-up, and every figure of the report by its rows."""

import marimo

app = marimo.App(app_title="A programme of 500 applicants")


@app.cell
def _():
    import collections
    import os
    from datetime import date

    import marimo as mo
    import matplotlib.pyplot as plt

    import repayplan as rp
    from repayplan.basics import calendars
    from simulated import closing, people, programme

    return calendars, closing, collections, date, mo, os, people, plt, programme, rp


@app.cell
def _(mo):
    mo.md(
        """
        # A programme of 500 applicants

        In spring 2026 a lender invites people who are behind with their instalments to apply for a plan that
        they can keep. A year later it has to say what came of it. The people here are invented, always the
        same ones; everything else is done by the package: reviews, offers, agreements, accounts, the
        register, letters, the evaluation and the archives. Who the people are, and how they pay, is in
        `simulated/` beside this notebook.
        """
    )
    return


@app.cell
def _(calendars, closing, date, plt, programme, rp):
    dates = rp.timetable(programme.PROGRAMME, calendars.WEEKENDS, as_of=date(2027, 3, 31))
    budget = rp.programme_budget(programme.PROGRAMME, closing.SPENT, as_of=date(2027, 3, 31))
    plan, axes = plt.subplots(2, 1, figsize=(8, 7), layout="constrained")
    rp.plot_timetable(dates, ax=axes[0])
    rp.plot_budget(budget, ax=axes[1], currency="CNY")
    plan
    return (dates,)


@app.cell
def _(mo):
    mo.md(
        """
        ## Intake, review, negotiation

        Applications are reviewed every Thursday by the policy's rules; an opinion and a decision by another
        person follow, then an offer, its acceptance and the signatures. Who lacks evidence is asked for it
        once.
        """
    )
    return


@app.cell
def _(collections, mo, os, programme):
    made = programme.run(int(os.environ.get("REPAYPLAN_NOTEBOOK_APPLICANTS", "500")))
    became = collections.Counter(
        (record.entries[0].result, record.decision.verdict) for record in made.records.values()
    )
    table = [
        {"first review": result, "decision in the end": verdict, "applications": count}
        for (result, verdict), count in sorted(became.items())
    ]
    mo.vstack(
        [
            mo.ui.table(table, selection=None),
            mo.md(f"{len(made.issued)} were made an offer, {len(made.signed)} signed an agreement."),
        ]
    )
    return (made,)


@app.cell
def _(mo):
    mo.md(
        """
        ## The register

        What happened to each application is a list of events. From it follows where each case stands on any
        day.
        """
    )
    return


@app.cell
def _(collections, date, made, mo, programme):
    days = [date(2026, 4, 10), date(2026, 4, 24), date(2026, 5, 8), date(2026, 5, 29)]
    names = [*(stage.en for stage in programme.RULE.stages), "not yet received"]
    by_day = {day: made.states(day) for day in days}
    stands = {
        day: collections.Counter(
            programme.RULE.stages[k].en if k >= 0 else "not yet received" for k in states.stage.tolist()
        )
        for day, states in by_day.items()
    }
    mo.ui.table(
        [
            {"stage": name} | {str(day): each[name] for day, each in stands.items()}
            for name in names
            if any(each[name] for each in stands.values())
        ],
        selection=None,
        page_size=15,
    )
    return


@app.cell
def _(collections, made, mo, people):
    states = made.states(people.END)
    said = [states.one(i).reasons for i in range(len(states))]
    many = collections.Counter(each.code for reasons in said for each in reasons)
    first = {each.code: (made.people[i].id, each) for i in reversed(range(len(said))) for each in said[i]}
    mo.ui.table(
        [
            {"cases": many[code], "for example": case, "says": each.text(), "中文": each.text("zh")}
            for code, (case, each) in first.items()
        ],
        selection=None,
        wrapped_columns=["says", "中文"],
    )
    return


@app.cell
def _(mo):
    mo.md(
        """
        ## The tracking ledger (台账)

        The cases beside the accounts of their plans, on a day in autumn: here those with the most overdue.
        """
    )
    return


@app.cell
def _(date, made, mo):
    autumn = date(2026, 10, 20)
    ledger = made.ledger(autumn)
    lines = [ledger.one(i) for i in made.rows]
    lines.sort(key=lambda line: line["arrears"], reverse=True)
    shown = (
        "case",
        "instalment",
        "paid",
        "arrears",
        "days_past_due",
        "risk_class",
        "warnings",
    )
    mo.ui.table(
        [{name: str(line[name]) for name in shown} for line in lines[:10]],
        selection=None,
        wrapped_columns=["warnings"],
    )
    return autumn, lines


@app.cell
def _(mo):
    mo.md(
        """
        ## Documents

        Everybody's, in both languages: forms, opinions, refusals, offer sheets, agreements, and letters about
        the accounts as of that day. Each is Markdown, a page of HTML and a PDF of the same data.
        """
    )
    return


@app.cell
def _(autumn, closing, made, mo):
    written = [
        (i, each, each.markdown("en"), each.markdown("zh")) for i, each in closing.documents(made, autumn)
    ]
    kinds = {each.name: (each.title.said("en"), each.title.said("zh")) for _, each, _, _ in written}
    mo.ui.table(
        [
            {"document": en, "文件": zh, "written": sum(each.name == name for _, each, _, _ in written)}
            for name, (en, zh) in kinds.items()
        ],
        selection=None,
    )
    return (written,)


@app.cell
def _(lines, made, mo, written):
    late = next(line["case"] for line in lines if line["days_past_due"] < 60)
    who = [each.id for each in made.people].index(late)
    mo.vstack(
        [
            mo.md(f"All of one person's, {late}, who is behind with the plan (open one to read it):"),
            *(
                mo.Html(f"<details><summary>{title}</summary>{mo.md(text).text}</details>")
                for i, each, en, zh in written
                if i == who
                for title, text in ((each.title.said("en"), en), (each.title.said("zh"), zh))
            ),
        ]
    )
    return (who,)


@app.cell
def _(closing, made, mo, who, written):
    pages = {
        each.title.said("zh"): closing.letter_page(made, who, each) for i, each, *_ in written if i == who
    }
    mo.vstack(
        [
            mo.md("The same as pages, in Chinese:"),
            mo.ui.tabs({title: mo.iframe(text, height="520px") for title, text in pages.items()}),
        ]
    )
    return


@app.cell
def _(closing, made, mo, who, written):
    behind = [
        each for i, each, *_ in written if i == who and each.name in ("overdue_notice", "payment_reminder")
    ]
    try:
        pdfs = {each.title.said("zh"): closing.letter_pdf(made, who, each) for each in behind}
    except ImportError as error:
        letters_as_pdfs = mo.md(f"PDFs aren't made here: {error}.")
    else:
        letters_as_pdfs = mo.hstack(
            [
                mo.download(text, filename=f"{title}.pdf", label=f"{title} (PDF, {len(text):,} bytes)")
                for title, text in pdfs.items()
            ],
            justify="start",
        )
    letters_as_pdfs
    return


@app.cell
def _(mo):
    mo.md(
        """
        ## What came of it

        The accounts before and a year later, by the plan, by the original contract and by the cash that came
        in, beside people who weren't in the programme.
        """
    )
    return


@app.cell
def _(closing, made, mo):
    found = closing.evaluated(made)
    mo.ui.table(
        [
            {
                "goal": met.goal.figure,
                "wanted": str(met.goal.at_least or met.goal.at_most),
                "reached": str(met.reached),
                "met": met.met,
                "whole interval on one side": met.clear,
            }
            for met in found.goals
        ],
        selection=None,
    )
    return (found,)


@app.cell
def _(mo):
    mo.md(
        """
        ## Every figure by its rows

        `found.rows(name, group)` has the accounts, payments, steps, answers or lines of a figure. Here each
        is counted or added up again from them, one by one, in plain Python; a figure that came out in another
        way would stop the notebook.
        """
    )
    return


@app.cell
def _(closing, found, mo):
    def shown_as(value):
        return "" if value is None else f"{value:,}"

    headings = ("figure", "of", "n", "count", "value", "amount", "rows", "reckoned again")
    lines_again = ["| " + " | ".join(headings) + " |", "| " + " | ".join(["---"] * len(headings)) + " |"]
    lines_again += [
        f"| {each.name} | {each.group.replace('>', '→')} | {each.n} | {shown_as(each.count)} "
        f"| {shown_as(each.value)} | {shown_as(each.amount)} "
        f"| {len(found.rows(each.name, each.group))} {found.rows(each.name, each.group).of} "
        f"| {', '.join(closing.reckoned_again(found, each))} |"
        for each in found.figures
    ]
    every_figure = mo.md("\n".join(lines_again)).text
    mo.Html(f'<div style="max-height: 600px; overflow: auto">{every_figure}</div>')
    return


@app.cell
def _(found, made, mo):
    rows_of = found.rows("recovered.of_overdue")
    columns_of = {name: values.tolist() for name, values in rows_of.columns.items()}
    mo.vstack(
        [
            mo.md(
                "One of them, account by account: of what was overdue before, what has come in since "
                f"(`recovered.of_overdue`, {rows_of.figure.value})."
            ),
            mo.ui.table(
                [
                    {
                        "case": made.people[made.rows[row]].id,
                        "was overdue": f"{whole / 100:,.2f}",
                        "of it came in": f"{part / 100:,.2f}",
                    }
                    for row, part, whole in zip(*columns_of.values(), strict=True)
                ],
                selection=None,
            ),
        ]
    )
    return


@app.cell
def _(mo):
    mo.md("## The summing-up report")
    return


@app.cell
def _(closing, dates, found, mo):
    pages_of_report = {
        "English": mo.iframe(closing.page(found, "en", dates), height="900px"),
        "中文": mo.iframe(closing.page(found, "zh", dates), height="900px"),
    }
    mo.ui.tabs(pages_of_report)
    return


@app.cell
def _(mo):
    mo.md(
        """
        ## Archives

        Years later somebody asks what was decided and by which rules. Each case is archived with its inputs,
        and everything is worked out again from them. In the last archive a figure was changed afterwards.
        """
    )
    return


@app.cell
def _(closing, made, mo, rp, who):
    from pathlib import Path
    from tempfile import TemporaryDirectory

    def archived(i, *, tampered=False):
        """What verifying the archive of a case says; before that its offer may be changed by hand."""
        with TemporaryDirectory() as folder:
            case = Path(folder) / made.people[i].id
            rp.archive(closing.case_file(made, i), case)
            if tampered:
                path, count = case / "results" / "offer.json", made.decided[i].instalments
                text = path.read_text(encoding="utf-8")
                path.write_text(text.replace(f'"instalments": {count}', '"instalments": 9'), encoding="utf-8")
            verified = rp.verify(case)
        faults = "; ".join(fault.text() for fault in verified.faults)
        return {"case": made.people[i].id, "verified": faults or str(verified)}

    refused = next(i for i, record in made.records.items() if record.decision.verdict == "refuse")
    outcome = [archived(who), archived(refused), archived(made.rows[-1], tampered=True)]
    mo.ui.table(outcome, selection=None, wrapped_columns=["verified"])
    return


if __name__ == "__main__":
    app.run()
