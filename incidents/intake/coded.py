"""Which code list a field of a record speaks in."""

# By its own name, or with what it stands in where names meet.
LISTS = {
    "acts.status": "act_status", "acts.type": "act", "age_band": "age_band", "authorities": "authority",
    "basis": "attribution_basis", "channel": "payment_channel", "degree": "perpetrator_degree",
    "exposure": "exposure", "gender": "gender", "injury": "injury", "methods": "method", "mpp.outcome": "mpp_outcome",
    "country": "country", "interpreter": "interpreter", "interview.mode": "source_type",
    "interview.outcome": "interview_outcome", "language": "language", "municipality": "municipality",
    "nationality": "nationality", "others_present": "others_present", "precision": "precision", "state": "state",
    "told_whom": "told_whom", "verification": "verification",
    "not_reported": "not_reported_because", "outcome": "outcome",
    "part": "involvement_part", "perpetrators.type": "perpetrator", "population": "population", "port": "port",
    "programme": "programme", "purpose": "extortion_purpose", "reasons": "targeted_for",
    "recognised": "recognised_by", "relation": "source_relation", "release": "kidnap_release",
    "reliability": "source_reliability", "response": "authority_response", "said_by": "targeting_said_by",
    "sources.type": "source_type", "tags": "label", "weapons": "weapon",
}  # fmt: skip


def list_of(path: str) -> str:
    """The code list of the field at this dotted path; the list of no-answers where it has none of its own."""
    parts = [part for part in path.split(".") if not part.isdigit()]
    return LISTS.get(".".join(parts[-2:])) or LISTS.get(parts[-1]) or "no_answer"
