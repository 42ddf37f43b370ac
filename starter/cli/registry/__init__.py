"""`fieldcare registry …`: customers, sites, units and what else administrators keep."""
