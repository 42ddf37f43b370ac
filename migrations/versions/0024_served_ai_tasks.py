"""A stage of a template is told to ask AI only what is served here."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Until now such rows did nothing. They keep their thresholds, and whoever reads them sees that nobody is asked.
    """
    SELECT
        set_config('fieldcare.actor_code', 'migration', true),
        set_config('fieldcare.actor_role', 'system', true),
        set_config('fieldcare.reason', 'Nobody serves this AI task.', true)
    """,
    "UPDATE workflow_ai_configuration SET enabled = false WHERE enabled AND task <> 'diagnosis'",
    """
    SELECT
        set_config('fieldcare.actor_code', '', true),
        set_config('fieldcare.actor_role', '', true),
        set_config('fieldcare.reason', '', true)
    """,
    # It runs after the CHECKs, which refuse what is no task at all. No function is named: they are made anew whenever
    # their files change, after the revisions (docs/adr/0024).
    """
    CREATE FUNCTION check_ai_task_served() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.enabled AND to_regproc(quote_ident(NEW.task || '_case')) IS NULL THEN
            RAISE EXCEPTION 'nobody serves the AI task % of the stage %', NEW.task, NEW.stage_key
                USING ERRCODE = 'check_violation', HINT = 'Leave it out, or set enabled to false.';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION check_ai_task_served() IS "
    "'Trigger: an AI task that is asked has its function TASK_case, so somebody serves it.'",
    """
    CREATE TRIGGER check_ai_task_served AFTER INSERT OR UPDATE OF task, enabled ON workflow_ai_configuration
        FOR EACH ROW EXECUTE FUNCTION check_ai_task_served()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
