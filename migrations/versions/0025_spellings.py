"""Units and tickets are found whatever the spelling of what names them.

The two functions are the database's side of `models/spelling.py`; tests hold both together. Indexes are made of them,
so a change of what they say is a new revision that builds the indexes anew.
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATEMENTS = (
    r"""
    CREATE FUNCTION spelling_key(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN casefold(btrim(regexp_replace(
        -- Nearly all are ASCII, where there is nothing to translate.
        CASE WHEN octet_length(p_text) = length(p_text) THEN p_text ELSE translate(
            normalize(p_text, NFKC),
            E'\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\u0660\u0661\u0662\u0663\u0664'
            '\u0665\u0666\u0667\u0668\u0669\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u0966'
            '\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f\u09e6\u09e7\u09e8\u09e9\u09ea\u09eb\u09ec'
            '\u09ed\u09ee\u09ef\u0a66\u0a67\u0a68\u0a69\u0a6a\u0a6b\u0a6c\u0a6d\u0a6e\u0a6f\u0ae6\u0ae7\u0ae8'
            '\u0ae9\u0aea\u0aeb\u0aec\u0aed\u0aee\u0aef\u0be6\u0be7\u0be8\u0be9\u0bea\u0beb\u0bec\u0bed\u0bee'
            '\u0bef\u0c66\u0c67\u0c68\u0c69\u0c6a\u0c6b\u0c6c\u0c6d\u0c6e\u0c6f\u0ce6\u0ce7\u0ce8\u0ce9\u0cea'
            '\u0ceb\u0cec\u0ced\u0cee\u0cef\u0d66\u0d67\u0d68\u0d69\u0d6a\u0d6b\u0d6c\u0d6d\u0d6e\u0d6f\u0e50'
            '\u0e51\u0e52\u0e53\u0e54\u0e55\u0e56\u0e57\u0e58\u0e59',
            '-----------0123456789012345678901234567890123456789012345678901234567890123456789012345678901234'
            '5678901234567890123456789'
        ) END,
        '[ \t-\r\x1c-\x1f\x85\u1680\u2028\u2029]+', ' ', 'g'
    )) COLLATE pg_unicode_fast)
    """,
    "COMMENT ON FUNCTION spelling_key(text) IS "
    "'What the spellings of one text have in common: case, width, kind of hyphen and blanks left aside.'",
    r"""
    CREATE FUNCTION spelling_look(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(regexp_replace(casefold(regexp_replace(
        CASE WHEN octet_length(p_text) = length(p_text) THEN p_text ELSE translate(
            normalize(p_text, NFKD),
            E'\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\u0660\u0661\u0662\u0663\u0664'
            '\u0665\u0666\u0667\u0668\u0669\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u0966'
            '\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f\u09e6\u09e7\u09e8\u09e9\u09ea\u09eb\u09ec'
            '\u09ed\u09ee\u09ef\u0a66\u0a67\u0a68\u0a69\u0a6a\u0a6b\u0a6c\u0a6d\u0a6e\u0a6f\u0ae6\u0ae7\u0ae8'
            '\u0ae9\u0aea\u0aeb\u0aec\u0aed\u0aee\u0aef\u0be6\u0be7\u0be8\u0be9\u0bea\u0beb\u0bec\u0bed\u0bee'
            '\u0bef\u0c66\u0c67\u0c68\u0c69\u0c6a\u0c6b\u0c6c\u0c6d\u0c6e\u0c6f\u0ce6\u0ce7\u0ce8\u0ce9\u0cea'
            '\u0ceb\u0cec\u0ced\u0cee\u0cef\u0d66\u0d67\u0d68\u0d69\u0d6a\u0d6b\u0d6c\u0d6d\u0d6e\u0d6f\u0e50'
            '\u0e51\u0e52\u0e53\u0e54\u0e55\u0e56\u0e57\u0e58\u0e59\u0410\u0412\u0421\u0500\u0415\u0405\u0406'
            '\u0408\u041a\u04c0\u041c\u041d\u041e\u0420\u051a\u0422\u0474\u051c\u0425\u0423\u04ae\u04ba\u050c'
            '\u0417\u0430\u0432\u0441\u0501\u0435\u0455\u0456\u0458\u043a\u04cf\u043c\u043d\u043e\u0440\u051b'
            '\u0442\u0475\u051d\u0445\u0443\u04af\u04bb\u050d\u0437\u0431\u0391\u0392\u0395\u0396\u0397\u0399'
            '\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03f9\u037f\u03b1\u03b3\u03b9\u03ba\u03bd\u03bf'
            '\u03c1\u03c5\u03c7\u03f2\u0555\u054f\u054d\u053c\u0585\u0578\u057d\u0570\u0566\u0581\u0575\u13a0'
            '\u13a1\u13a2\u13aa\u13ab\u13ac\u13b3\u13b7\u13bb\u13bd\u13c0\u13c3\u13d2\u13d9\u13da\u13de\u13df'
            '\u13e2\u13e6\u13f4',
            '-----------0123456789012345678901234567890123456789012345678901234567890123456789012345678901234'
            '5678901234567890123456789ABCDESIJKIMHOPQTVWXYYHG3abcdesijklmhopqtvwxyyhg36ABEZHIKMNOPTYXCJayikvo'
            'puxcOSULonuhqgjDRTAJEWMHYGZRVSLCPKB'
        ) END,
        '[\u0300-\u036f \t-\r\x1c-\x1f\x85\u1680\u2028\u2029!-/:-@\[-`{-~]+', '', 'g'
    ) COLLATE pg_unicode_fast), '^0+(?=.)', ''), 'oil', '011')
    """,
    "COMMENT ON FUNCTION spelling_look(text) IS "
    "'What texts have in common that are easily taken for each other: separators, O and 0, I and 1, other scripts.'",
    "CREATE INDEX IF NOT EXISTS equipment_registry_by_key ON equipment_registry (spelling_key(serial))",
    "CREATE INDEX IF NOT EXISTS equipment_registry_by_look ON equipment_registry (spelling_look(serial))",
    "CREATE INDEX IF NOT EXISTS equipment_registry_of_device ON equipment_registry (udi text_pattern_ops)",
    'CREATE INDEX IF NOT EXISTS service_tickets_by_name ON service_tickets (lower(workflow_id COLLATE "C"))',
    "COMMENT ON INDEX equipment_registry_by_key IS 'find_units, import_equipment: a serial number written otherwise.'",
    "COMMENT ON INDEX equipment_registry_by_look IS 'resembling_units, import_equipment: what looks alike.'",
    "COMMENT ON INDEX equipment_registry_of_device IS 'find_units: the units of a device identifier, for a scan.'",
    "COMMENT ON INDEX service_tickets_by_name IS 'find_ticket: a key or workflow id in whatever case.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
