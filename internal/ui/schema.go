package ui

import _ "embed" // the schema of the events

//go:embed events.schema.json
var eventsSchema string

// EventsSchema is the JSON schema (2020-12) of the lines that JSON writes: of every event of every verb,
// with its fields and their units.
func EventsSchema() string { return eventsSchema }
