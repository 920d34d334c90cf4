"""Draw the pictures of the documentation by the package's own plots: `python docs/pictures.py`.

Needs the extras `plot` and `test`. The pictures of a guide are those that its code saves; those of
pages are of the documents that the guide of documents makes.
"""

import os
import re
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
import matplotlib.pyplot as plt

import repayplan as rp

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
QUIET = "#666666"
STYLE = {
    # Text stays text, in whatever plain font the reader has; layout is measured in DejaVu Sans, a wide one.
    "svg.fonttype": "none",
    "svg.hashsalt": "repayplan",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}


def plan_picture() -> None:
    """A holiday, interest only, then level instalments: what is paid each month and what is left."""
    loan = rp.Loan(
        principal="12000.00",
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
        currency="CNY",
    )
    stages = {"holiday": 3, "interest only": 6, "equal instalments": 24}
    plan = rp.holiday(3, interest="capitalise") + rp.interest_only(6) + rp.equal_instalment(24)
    made = rp.schedule(loan, plan)
    figure, (paid, left) = plt.subplots(
        2, 1, figsize=(7.2, 4.4), layout="constrained", sharex=True, height_ratios=(5, 3)
    )
    rp.plot_schedule(made, ax=paid).set(xlabel="", ylim=(0, 800))
    rp.plot_balance(made, ax=left).set(ylim=(0, 17_000))
    edges = [mpl.dates.date2num(day) for day in (made.interest_from, *(row.due_date for row in made.rows))]
    first = 0
    for name, length in stages.items():
        begin, end = edges[first], edges[first + length]
        paid.text((begin + end) / 2, 630, name, ha="center")
        if first:
            paid.axvline(begin, ymax=630 / 800, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
        first += length
    left.text(edges[0], 14_600, "the holiday's interest joins the balance", va="center")
    figure.savefig("plan.svg")
    plt.close(figure)


def guide_pictures(page: Path) -> None:
    """Run the code of a guide where the pictures are."""
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    exec(compile("\n".join(blocks), str(page), "exec"), {"__name__": "page"})  # noqa: S102


def page_pictures(guide: Path) -> None:
    """Pages of documents that a guide makes, in a few shades of grey."""
    import pypdfium2  # noqa: PLC0415  (pictures of plots need neither)
    from pylopdf_fonts_zh_cn import sans_path  # noqa: PLC0415

    blocks = re.findall(
        r"^```python\n(.*?)^```$", guide.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    made = {"__name__": "page"}
    with TemporaryDirectory() as folder, chdir(folder):
        exec(compile("\n".join(blocks), str(guide), "exec"), made)  # noqa: S102
    for name, language, number, picture in (
        ("blank", "zh", 1, "form.zh.png"),
        ("notice", "en", 0, "notice.png"),
    ):
        pages = pypdfium2.PdfDocument(rp.document_pdf(made[name], language, font=sans_path()))
        shown = pages[number].render(scale=1.5).to_pil().convert("L").quantize(8)
        shown.save(PICTURES / picture, optimize=True)
        print(f"wrote {(PICTURES / picture).relative_to(HERE.parent)}")


def strip(picture: Path) -> None:
    """Take out when and by what it was made, so that the same picture is the same file."""
    text = re.sub(r" <metadata>.*?</metadata>\n", "", picture.read_text(encoding="utf-8"), flags=re.DOTALL)
    picture.write_text(text, encoding="utf-8")
    print(f"wrote {picture.relative_to(HERE.parent)}")


if __name__ == "__main__":
    mpl.use("svg")
    mpl.rcParams.update(STYLE)
    PICTURES.mkdir(exist_ok=True)
    os.chdir(PICTURES)
    plan_picture()
    guide_pictures(HERE / "guides" / "plots.md")
    page_pictures(HERE / "guides" / "documents.md")
    for each in sorted(PICTURES.glob("*.svg")):
        strip(each)
