"""Keep time: each job opens what it needs, calls one verb of sms_service and is done. Jobs may run twice."""
