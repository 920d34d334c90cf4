"""Whether an offer is the one that was approved: what is signed is no more, and nothing else."""

from __future__ import annotations

from datetime import date

from repayplan.basics.errors import Code, InputError
from repayplan.offers.case import plan_fingerprint
from repayplan.offers.offer import Offer
from repayplan.reviews.authority import Relief
from repayplan.reviews.record import Record, of_case


def check_approved(record: Record, offer: Offer, *, on: date) -> None:
    """InputError unless an offer is what a record approved.

    An approval of an offer is of that plan, to the last figure. One of a bare :class:`~repayplan.Relief`,
    which names no plan, has approved no concession: it holds for an offer without any.

    Parameters
    ----------
    record
        That ends with the approval.
    offer
        What is to be signed.
    on
        When; not before the approval.

    Raises
    ------
    InputError
        Nothing is approved (``out_of_turn``); the offer is of another loan, household or policy
        (``other_case``, ``other_policy``), or another one than was approved (``other_plan``); it wasn't
        approved yet (``dates_out_of_order``).

    Examples
    --------
    >>> from repayplan import Application, Household, Loan, Policy, propose, review
    >>> policy = Policy.example("consumer-review")
    >>> loan = Loan(
    ...     principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31"
    ... )
    >>> home = Household(net_income="3900")
    >>> asked = Application(id="a", hardship="illness", applied_on="2026-03-02")
    >>> offer = propose(loan, home, policy)
    >>> opinion = Record((review(asked, loan, home, policy, on="2026-03-05"),)).opinion(
    ...     "approve", Relief.of(offer), role="reviewer", person="Li", at="2026-03-05T10:00:00+08:00"
    ... )
    >>> record = opinion.decide(
    ...     "approve", role="branch_manager", person="Wu", at="2026-03-05T16:00:00+08:00", policy=policy,
    ...     reason="exceptional_hardship",
    ... )  # fmt: skip
    >>> check_approved(record, offer, on=date(2026, 3, 6))
    """
    approved, decision = record.approved, record.decision
    if approved is None or decision is None:
        raise InputError(Code.OUT_OF_TURN, "record", "agreement", limit="approval")
    of_case("offer", record.review, offer.case)
    asked = Relief.of(offer)
    plan = plan_fingerprint(offer.schedule, offer.method, offer.annual_rate)
    wanted = None if approved.case is None else approved.case.plan
    if wanted is None:
        for name, figure in asked.conceded.items():
            raise InputError(Code.OTHER_PLAN, f"offer.{name}", str(figure), limit="0")
    elif plan != wanted:
        raise InputError(Code.OTHER_PLAN, "offer.plan", plan, limit=wanted)
    if on < (since := decision.at.date()):
        raise InputError(Code.DATES_OUT_OF_ORDER, "dated", on, limit=f">= {since}")
