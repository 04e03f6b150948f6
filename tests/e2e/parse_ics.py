"""Reads an iCalendar file with a parser that is not ours and prints what it holds, one JSON object an event."""
import json
import sys

import icalendar

with open(sys.argv[1], "rb") as file:
    calendar = icalendar.Calendar.from_ical(file.read())
if calendar.errors:
    sys.exit(f"calendar: {calendar.errors}")
print(json.dumps({"method": str(calendar["METHOD"]), "version": str(calendar["VERSION"])}))
for event in calendar.walk("VEVENT"):
    if event.errors:
        sys.exit(f"event: {event.errors}")
    print(json.dumps({
        "uid": str(event["UID"]),
        "start": event["DTSTART"].dt.isoformat(),
        "minutes": int((event["DTEND"].dt - event["DTSTART"].dt).total_seconds() // 60),
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "summary": str(event["SUMMARY"]),
        "description": str(event["DESCRIPTION"]),
        "organizer": str(event["ORGANIZER"].params["CN"]),
    }))
