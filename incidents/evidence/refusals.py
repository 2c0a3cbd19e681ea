"""What a piece of evidence can be refused for, each with its sentence."""

from incidents.errors import Problem, _


class NotKept(Problem):
    """A file that is not taken. What came of it is thrown away."""

    status = 422
    code = "evidence-refused"
    sentence = _("This file cannot be kept as evidence.")


class EmptyFile(NotKept):
    code = "evidence-empty"
    sentence = _("This file is empty. Look whether it was copied whole, and choose it again.")


class OverTheLimit(NotKept):
    code = "evidence-over-the-limit"
    sentence = _("This file is larger than the %(limit)s MB that this server keeps as one piece of evidence.")


class TooManyPixels(NotKept):
    code = "evidence-too-many-pixels"
    sentence = _(
        "This picture would unfold to more than %(most)s million points: such a file can bring a computer down. "
        "Keep it on a medium of its own, and note where."
    )


class LeadsOut(NotKept):
    code = "evidence-archive-leads-out"
    sentence = _(
        "This archive holds a name that leads out of its folder (../): whoever unpacks it may lose files. "
        "Unpack it on a machine set apart, and keep what is in it one by one."
    )


class NotLookedThrough(NotKept):
    code = "evidence-archive-too-deep"
    sentence = _(
        "This archive is too large or too crowded to be looked through. Unpack it on a machine set apart, "
        "and keep what is in it one by one."
    )


class OtherHash(NotKept):
    code = "evidence-other-hash"
    sentence = _(
        "What arrived is not the file that was announced: its SHA-256 is another one. Send it again."
    )


class OtherSegment(Problem):
    """Of one that arrived altered, cut, or out of its turn: it is thrown away, and sent again."""

    status = 409
    code = "evidence-other-segment"
    sentence = _(
        "This piece arrived damaged or out of its turn and was thrown away. Go on from byte %(have)s."
    )


class NotWhole(Problem):
    status = 409
    code = "evidence-not-whole"
    sentence = _("%(have)s of %(size)s bytes are here. Choose the same file again to go on from there.")


class NoCopy(Problem):
    status = 409
    code = "evidence-no-copy"
    sentence = _(
        "There is no working copy. Make one by hand without names, places and authors, and add it here."
    )


class StillSays(Problem):
    """A copy made by hand that still holds what it should not."""

    status = 422
    code = "evidence-copy-still-says"
    sentence = _(
        "This copy still says who wrote or changed it (%(what)s). Take that out, or save it as PDF, and try again."
    )


class StoreAway(Problem):
    status = 503
    code = "evidence-store-away"
    sentence = _("The place where evidence is kept cannot be reached. Nothing was changed; try again later.")


class PieceMissing(Problem):
    status = 409
    code = "evidence-piece-missing"
    sentence = _(
        "A part of this file is missing in the store. Tell a coordinator; ./run evidence verify names it."
    )
