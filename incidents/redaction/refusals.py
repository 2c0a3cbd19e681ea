"""What the desk refuses, each with its sentence."""

from incidents.errors import Problem, _


class AccountChanged(Problem):
    """What was cut is known by its place in the account: in another text it would be somewhere else."""

    status = 409
    code = "account-changed"
    sentence = _(
        "The account was written anew since this was begun, or does not open. Begin again from what it says now."
    )


class NamesLeft(Problem):
    status = 409
    code = "names-left"
    sentence = _(
        "The text still holds a name or a number that the record knows (%(count)s). Cut it, or put a word in its place."
    )


class OtherText(Problem):
    """A signature names the text that was read."""

    status = 409
    code = "other-text"
    sentence = _("This is no longer the text that you read. Read it as it is now, and sign that.")


class NotReadyToSign(Problem):
    status = 409
    code = "not-ready-to-sign"
    sentence = _("Something is not decided yet. What is left to do stands on this page.")


class NoPseudonym(Problem):
    status = 409
    code = "no-pseudonym"
    sentence = _(
        "No name is left that is nobody's here. Ask whoever keeps this server to add to the list of names."
    )


class MayNotLeave(Problem):
    """Somebody in it did not agree, or no longer does; the code of the reason is in the details."""

    status = 409
    code = "may-not-leave"
    sentence = _(
        "This may not leave today: somebody in it has not agreed to it, or the record says otherwise since."
    )
