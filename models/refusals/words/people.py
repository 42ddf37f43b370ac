"""Engineers, customers, sites."""

from __future__ import annotations

from models.refusals.words.kind import CODE_OF_CAPITALS, OPTIONAL_TEXT, POSITIVE, TEXT, Words
from models.vocabulary.people import Capability

_TWO_COORDINATES = "must have both latitude and longitude, or neither"

WORDS = Words(
    tables={
        "customer_sites": "a site",
        "customers": "a customer",
        "engineer_absences": "an absence",
        "engineer_certifications": "a certificate",
        "engineer_equipment_expertise": "an engineer's expertise",
        "engineers": "an engineer",
    },
    column_rules={
        OPTIONAL_TEXT: "required_certification",
        TEXT: "certification issuing_organization certificate_number",
        POSITIVE: "monthly_capacity",
        "must be between -90 and 90 degrees": "latitude home_latitude",
        "must be between -180 and 180 degrees": "longitude home_longitude",
        "must be between 0 and 60": "years_of_experience",
    },
    rules={
        "customer_sites_check": _TWO_COORDINATES,
        "customer_sites_code_check": CODE_OF_CAPITALS,
        "customers_code_check": CODE_OF_CAPITALS,
        "engineer_absences_span": "must end after it begins",
        "engineer_certifications_expires": "must expire after the day of issue",
        "engineer_certifications_renewal": "must not be renewed before the day of issue",
        "engineer_certifications_renews_another": "must not renew itself: name the earlier one",
        "engineer_certifications_revoked": "must not be revoked before the day of issue",
        "engineer_equipment_expertise_capabilities_check": (
            f"must have one or more capabilities of {', '.join(Capability)}"
        ),
        "engineers_check": f"{_TWO_COORDINATES}, for the home",
        "engineers_code_check": CODE_OF_CAPITALS,
    },
    clashes={
        "engineer_certifications_renews_id_key": "the certificate was renewed already: name the latest one",
        "engineer_equipment_expertise_scope_key": (
            "the engineer has an expertise for this type of equipment and make already: change that one"
        ),
    },
    overlaps={
        "engineer_absences_no_overlap": "the absence overlaps with another of the same engineer: change that one",
    },
    strangers={
        "engineer_certifications_renews_id_engineer_id_fkey": (
            "a certificate renews an earlier one of the same engineer: name one of theirs"
        ),
    },
)
