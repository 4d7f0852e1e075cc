"""The practice cards: what each token makes the provider do."""

from dataclasses import dataclass
from typing import Literal

ChargeStatus = Literal["succeeded", "failed"]


@dataclass(frozen=True)
class Token:
    """A practice card. The charge is written first, then `seconds` pass, then the answer leaves."""

    name: str
    nickname: str
    story: str
    # None: the provider breaks down before it charges anything.
    charge_status: ChargeStatus | None
    seconds: float = 0.0


_ALL = (
    Token("tok_approve", "Approves", "Charges the card and says so at once.", "succeeded", 0.1),
    Token("tok_decline", "Declines", "The bank refuses. Nothing is charged.", "failed", 0.1),
    Token("tok_slow", "Slow", "Charges the card, but takes 4 seconds to say so.", "succeeded", 4.0),
    Token(
        "tok_timeout",
        "Hangs",
        "Charges the card at once, but answers the first call only after 15 seconds. "
        "By then most callers have hung up; whoever asks again later hears the first answer.",
        "succeeded",
        15.0,
    ),
    Token(
        "tok_fail",
        "Breaks",
        "Fails with an error of the provider before charging. Asking again brings the same error.",
        None,
    ),
)

TOKENS = {token.name: token for token in _ALL}
