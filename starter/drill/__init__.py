"""A load and fault drill: drive many tickets to sign-off through the public commands, then check every one of them."""

from starter.drill.plan import DrillPlan
from starter.drill.report import DrillReport
from starter.drill.run import drill_running, drill_throwaway
from starter.drill.storm import drill_with_faults

__all__ = ["DrillPlan", "DrillReport", "drill_running", "drill_throwaway", "drill_with_faults"]
