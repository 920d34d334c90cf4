"""Who makes an agreement, and who may sign it for whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from repayplan.accounts.clauses import one_line
from repayplan.basics.errors import Code, InputError
from repayplan.basics.ruleshape import check_kinds
from repayplan.reviews.record import same_person


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """A person who may sign for a party, and by what authority.

    Parameters
    ----------
    name
        The person's.
    title
        What the person is there: an office, or a relation.
    authority
        What the authority rests on: a power of attorney with its number and date, the register of companies.

    Raises
    ------
    InputError
        One of them isn't a line of text.

    Examples
    --------
    >>> Signatory(name="Wang Fang", title="Head of branch", authority="Power of attorney 12/2026").name
    'Wang Fang'
    """

    name: str
    title: str
    authority: str

    def __post_init__(self) -> None:
        for name in ("name", "title", "authority"):
            one_line(f"signatory.{name}", getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or an organisation that is bound by an agreement.

    Parameters
    ----------
    name, id_number, address
        As they are to be read; the number is that of an identity card or of a register.
    contact
        Telephone or electronic mail, if it is to be there.
    signatories
        Who may sign for it. None: it is a person who signs.

    Raises
    ------
    InputError
        One of them is missing, or isn't a line of text; two signatories of one name.

    Examples
    --------
    >>> Party(name="Li Wei", id_number="310101198001010000", address="Shanghai, ...").signers
    ('Li Wei',)
    """

    name: str
    id_number: str = field(repr=False)
    address: str = field(repr=False)
    contact: str | None = field(default=None, repr=False)
    signatories: tuple[Signatory, ...] = ()

    def __post_init__(self) -> None:
        names = ("name", "id_number", "address", *(("contact",) if self.contact is not None else ()))
        for name in names:
            one_line(f"party.{name}", getattr(self, name))
        check_kinds(self, "party.")
        for i, name in enumerate(self.signers):
            if any(same_person(name, other) for other in self.signers[:i]):
                raise InputError(Code.DUPLICATE, f"party.signatories[{i}].name", name, "each person once")

    @property
    def signers(self) -> tuple[str, ...]:
        """Names of those who may sign."""
        return tuple(each.name for each in self.signatories) or (self.name,)

    def signatory(self, person: str) -> Signatory | None:
        """Whoever of this name may sign for it; None: nobody, or the party itself."""
        return next((each for each in self.signatories if same_person(each.name, person)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Everybody who is bound.

    Parameters
    ----------
    lender
        With at least one signatory.
    borrower
        Whoever owes the debt.
    guarantors
        Who are liable for it too.

    Raises
    ------
    InputError
        The lender has no signatory; one of the numbers by which parties are told apart is there twice.

    Examples
    --------
    >>> head = Signatory(name="Wang Fang", title="Head of branch", authority="Power of attorney 12/2026")
    >>> bank = Party(name="Example Bank", id_number="91310000", address="Shanghai", signatories=(head,))
    >>> parties = Parties(lender=bank, borrower=Party(name="Li Wei", id_number="310101", address="Shanghai"))
    >>> list(parties.by_role)
    ['lender', 'borrower']
    """

    lender: Party
    borrower: Party
    guarantors: tuple[Party, ...] = ()

    def __post_init__(self) -> None:
        check_kinds(self, "parties.")
        if not self.lender.signatories:
            raise InputError(Code.MISSING, "parties.lender.signatories", (), "who signs, by what authority")
        numbers: list[str] = []
        for role, party in self.by_role.items():
            if party.id_number in numbers:
                rule = "each party has its own"
                raise InputError(Code.DUPLICATE, f"parties.{role}.id_number", party.id_number, rule)
            numbers.append(party.id_number)

    @property
    def by_role(self) -> dict[str, Party]:
        """``lender``, ``borrower`` and ``guarantor_1``, ``guarantor_2``, ... in this order."""
        numbered = {f"guarantor_{i}": party for i, party in enumerate(self.guarantors, 1)}
        return {"lender": self.lender, "borrower": self.borrower, **numbered}
