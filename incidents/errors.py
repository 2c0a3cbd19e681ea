"""Each thing that can go wrong: a stable code, a status, a sentence for people.

Raise a Problem anywhere; each door renders it once, in the reader's language.
Sentences name no person and quote no record; `details` hold codes and numbers only.
"""

from collections.abc import Callable
from typing import ClassVar


def _(sentence: str) -> str:
    """Mark a sentence for the translators; it is translated where it is shown."""
    return sentence


class Problem(Exception):
    """Something a person can be told about. `sentence` may name details as %(name)s."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "problem"
    sentence: ClassVar[str] = _("Something is not right with this request.")

    def __init__(self, **details: object) -> None:
        super().__init__(self.code)
        self.details = details

    def said(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the reader's language, with its details filled in."""
        return translate(self.sentence) % self.details if self.details else translate(self.sentence)


class NotFound(Problem):
    status = 404
    code = "not-found"
    sentence = _("There is no such record, or you may not see it.")


class NotAllowed(Problem):
    status = 403
    code = "not-allowed"
    sentence = _("Your role does not allow this. A coordinator can change roles.")


class NotByToken(Problem):
    status = 403
    code = "not-by-token"
    sentence = _(
        "A token does not do this: the step asks for a person and their passphrase. Sign in for it yourself."
    )


class NotInScope(Problem):
    status = 403
    code = "not-in-scope"
    sentence = _("This token was made without this permission. Its member can make another one that has it.")


class SignInNeeded(Problem):
    status = 401
    code = "sign-in-needed"
    sentence = _("Please sign in first.")


class FreshSignInNeeded(Problem):
    status = 403
    code = "fresh-sign-in-needed"
    sentence = _("This step needs your passphrase again: you gave it more than five minutes ago.")


class WrongSignIn(Problem):
    status = 401
    code = "wrong-sign-in"
    sentence = _("The name, the passphrase or the code is not right. Nothing was changed; please try again.")


class TooManyAttempts(Problem):
    status = 429
    code = "too-many-attempts"
    sentence = _("Too many attempts. Please wait fifteen minutes and try again.")


class OtherSite(Problem):
    status = 403
    code = "other-site"
    sentence = _("This request came from another site and was refused. Open the page here and try again.")


class InvalidInput(Problem):
    """`fields`: dotted path in the document → list of sentences."""

    status = 422
    code = "invalid-input"
    sentence = _("Some fields need another look. Nothing you typed was lost.")

    def __init__(self, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__()
        self.fields = fields or {}


UNSEEN = _("Say that you looked at what goes out, and that it may: nobody signs unseen.")


def must_be_declared(said: bool) -> None:  # noqa: FBT001  it is what is asked
    """Whoever signs what leaves the house has said that they looked at it, at each of the doors."""
    if not said:
        raise InvalidInput({"declared": [UNSEEN]})


class NotReadable(Problem):
    status = 422
    code = "not-readable"
    sentence = _("The request could not be read as JSON. Send a JSON object and say so in Content-Type.")


class WrongMedia(Problem):
    status = 415
    code = "unsupported-media-type"
    sentence = _(
        "This is sent as another kind of content than is taken here. Say application/json in Content-Type."
    )


class WrongMethod(Problem):
    status = 405
    code = "method-not-allowed"
    sentence = _("This address is not asked for in this way. The header Allow says in which.")


class TooManyRequests(Problem):
    status = 429
    code = "too-many-requests"
    sentence = _("Too many requests within a minute. Wait as long as the header Retry-After says.")


class KeyReused(Problem):
    status = 422
    code = "idempotency-key-reused"
    sentence = _("Another request was sent under this Idempotency-Key. Nothing was done; take a new key.")


class AnswerNotKept(Problem):
    status = 409
    code = "answer-not-kept"
    sentence = _(
        "This was done already and is not done again. Its answer is not kept any more: look at the record."
    )


class TooLarge(Problem):
    status = 413
    code = "too-large"
    sentence = _("This is larger than this server takes. Send it in smaller pieces.")


class Conflict(Problem):
    status = 409
    code = "conflict"
    sentence = _(
        "Someone else changed this record meanwhile. Open it again, look at the change, and repeat yours."
    )


class MoveNotAllowed(Problem):
    status = 409
    code = "move-not-allowed"
    sentence = _("The record cannot go from its present state to that one.")


class OnlyPractice(Problem):
    status = 409
    code = "only-practice"
    sentence = _("This is practice. Nothing is made of it, and it is not counted.")


class WrittenByAnother(Problem):
    """A page that one member left open is pressed while another is signed in."""

    status = 409
    code = "written-by-another"
    sentence = _(
        "This page was written by another member. It is not sent and not shown: it opens again when they sign "
        "in here."
    )


class NewerVersion(Problem):
    """A changed row of a source: taking it in beside the earlier one would count it twice."""

    status = 409
    code = "newer-version"
    sentence = _(
        "This is a newer version of a report that was taken in already. Taking it in would count it twice: "
        "adopt what changed, or set it aside."
    )


class SecondPersonNeeded(Problem):
    status = 409
    code = "second-person-needed"
    sentence = _("Someone else must do this: nobody decides on what they submitted or prepared themselves.")


class SecondCoordinatorNeeded(Problem):
    status = 409
    code = "second-coordinator-needed"
    sentence = _(
        "Another coordinator must confirm this: whoever made the new link does not also give it the keys."
    )


class ReasonsNeeded(Problem):
    status = 422
    code = "reasons-needed"
    sentence = _("Please write your reasons: a sentence that a colleague can follow in a year.")


class LaterFirst(Problem):
    status = 409
    code = "later-first"
    sentence = _("Something was joined or taken apart here later. Undo that first.")


class NotTraced(Problem):
    status = 409
    code = "not-traced"
    sentence = _(
        "This incident was recorded before it was kept which report told of which act, and several reports tell "
        "of it. Split off what does not belong here instead."
    )


class GroundsNeeded(Problem):
    status = 409
    code = "grounds-needed"
    sentence = _(
        "“Verified” needs two sources of different origin that support the act, or one item of evidence that another "
        "reviewer judged authentic and showing it, unchanged since. Until then, “credible” is the highest state."
    )


class SupportNeeded(Problem):
    status = 409
    code = "support-needed"
    sentence = _("“Credible” needs a source that supports this act, or evidence that shows it.")


class AnotherReviewerNeeded(Problem):
    status = 409
    code = "another-reviewer-needed"
    sentence = _("You said this already. It counts once a second reviewer comes to the same state.")


class ConsentMissing(Problem):
    status = 409
    code = "consent-missing"
    sentence = _("There is no consent or recorded basis in force for this use.")


class ContactBlocked(Problem):
    """The person, or what they said of their phone, forbids to call them."""

    status = 409
    code = "contact-blocked"
    sentence = _("Do not call. What this person agreed to, or said of the phone, does not allow it.")


class ConsentChanged(Problem):
    status = 409
    code = "consent-changed"
    sentence = _(
        "Since this release was prepared, a consent behind it ended, or a record in it changed or was decided "
        "otherwise. Prepare it again: it then holds what may leave today."
    )


class Erased(Problem):
    status = 410
    code = "erased"
    sentence = _("This content was erased. It cannot be opened again by anyone.")


class ClosedText(Problem):
    """The key is there; the text may tell of somebody who was erased, and nobody has answered for it in time."""

    status = 409
    code = "closed"
    sentence = _(
        "This text is closed: it may tell of somebody who was erased, and nobody has answered for it yet."
    )


class Unopened(Problem):
    """The key is there and the content does not authenticate: altered or moved."""

    status = 409
    code = "altered"
    sentence = _(
        "This content was altered outside the program and does not open. Tell a coordinator; the trail names it."
    )


class EarlierVersions(Problem):
    status = 409
    code = "earlier-versions"
    sentence = _(
        "This text was changed before, and an earlier version may name them. Write it anew, even as it reads now: then "
        "only this version opens."
    )


class TextsWait(Problem):
    status = 409
    code = "texts-wait"
    sentence = _(
        "A text of it may tell of somebody who was erased, and waits for an answer. Answer under Erasures first: "
        "what is copied before would stay."
    )


class NoKey(Problem):
    status = 403
    code = "no-key"
    sentence = _("You hold no key for this kind of content. A coordinator can grant one.")


class AccountState(Problem):
    status = 409
    code = "account-state"
    sentence = _("This account is not in a state that allows this step.")


class NameTaken(Problem):
    status = 409
    code = "name-taken"
    sentence = _("There is already an account with this name. Choose another.")


class LastKeyHolder(Problem):
    status = 409
    code = "last-key-holder"
    sentence = _("This would leave content that nobody can open. Confirm another member first.")


class WeakPassphrase(Problem):
    status = 422
    code = "weak-passphrase"
    sentence = _(
        "The passphrase is too easy to guess. Use at least 12 characters: four or five unrelated words do well."
    )


class RecoveryNotConfirmed(Problem):
    status = 422
    code = "recovery-not-confirmed"
    sentence = _(
        "The words do not match the recovery code. Look at the sheet again; the code is still the same."
    )


class AlreadySetUp(Problem):
    status = 409
    code = "already-set-up"
    sentence = _("This instance is already set up. Sign in instead, or choose an empty AMPARO_INSTANCE.")


class LinkNotValid(Problem):
    status = 404
    code = "link-not-valid"
    sentence = _("This link is not valid, or it was used already. Ask for a new one.")


class JobNotReady(Problem):
    status = 409
    code = "job-not-ready"
    sentence = _("This work is still going on, or it was stopped. Look at its page.")


class TrailBroken(Problem):
    """Release and checkpoint refuse on a broken trail."""

    status = 409
    code = "trail-broken"
    sentence = _(
        "Records were changed outside the program (first: %(where)s). Run ./run audit verify and tell a coordinator."
    )


class WillNotStart(Problem):
    """The instance is not safe to start from; `why` is said on the terminal."""

    status = 500
    code = "will-not-start"
    sentence = _("Amparo does not start: %(why)s")
