"""What is wrong with a policy file: which key, where, and what it must be."""

from incidents.errors import Problem, _


class PolicyNotFound(Problem):
    """No policy of this name, or no file at this path."""

    status = 404
    code = "policy-not-found"
    sentence = _("There is no release policy “%(policy)s”. Choose one of: %(known)s.")


class PolicyNotReadable(Problem):
    """Not TOML, or not UTF-8."""

    status = 422
    code = "policy-not-readable"
    sentence = _("The policy %(policy)s is not a TOML file (%(why)s). Correct it there and try again.")


class PolicyUnknownKey(Problem):
    """A slip of the pen must not quietly protect less."""

    status = 422
    code = "policy-unknown-key"
    sentence = _(
        "The policy %(policy)s has an unknown key “%(key)s” in %(where)s. Remove it, or use one of: %(known)s."
    )


class PolicyMissingKey(Problem):
    """What a policy must say itself."""

    status = 422
    code = "policy-missing-key"
    sentence = _("The policy %(policy)s lacks “%(key)s” in %(where)s. Add it; nothing is assumed.")


class PolicyWrongValue(Problem):
    """A value of the wrong kind, or one that breaks a rule between keys."""

    status = 422
    code = "policy-wrong-value"
    sentence = _("In the policy %(policy)s, “%(key)s” must be %(expected)s. Correct it and try again.")
