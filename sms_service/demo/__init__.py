"""Everything on one machine, under one supervisor: database, queue, service, workers and pretend phones."""
