// Package eventtest holds what a program writes with --json to the schema of the events. It is for
// tests: it knows the schema, and nothing of who writes events or why.
package eventtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/shoal-project/shoal/internal/ui"
)

// Checker holds lines to the schema.
type Checker struct{ schema *jsonschema.Schema }

// New reads the schema. A strict checker allows no event and no field that the schema does not name, as
// we do of ourselves; the other one allows them, as readers have to, since later versions add to both.
func New(strict bool) (*Checker, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ui.EventsSchema()))
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if strict {
		forbidMore(doc)
	}
	c := jsonschema.NewCompiler()
	const name = "urn:shoal:events"
	if err := c.AddResource(name, doc); err != nil {
		return nil, fmt.Errorf("add schema: %w", err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return &Checker{schema}, nil
}

// later is the definition that lets events pass which the schema does not name.
const later = "of_a_later_version"

// forbidMore makes a schema strict.
func forbidMore(doc any) {
	root, _ := doc.(map[string]any)
	delete(root, "$id")
	defs, _ := root["$defs"].(map[string]any)
	for name, def := range defs {
		if d, ok := def.(map[string]any); ok && d["properties"] != nil && name != later {
			d["additionalProperties"] = false
		}
	}
	known, _ := root["anyOf"].([]any)
	var named []any
	for _, k := range known {
		if m, ok := k.(map[string]any); ok && m["$ref"] != "#/$defs/"+later {
			named = append(named, k)
		}
	}
	root["anyOf"] = named
}

// Check holds each line of an NDJSON stream to the schema, and returns the first that breaks it.
func (c *Checker) Check(ndjson []byte) error {
	for i, line := range bytes.Split(bytes.TrimSuffix(ndjson, []byte("\n")), []byte("\n")) {
		if len(ndjson) == 0 {
			return nil
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err == nil {
			err = c.schema.Validate(value)
		}
		if err != nil {
			var e struct{ Event string }
			_ = json.Unmarshal(line, &e) // for the message
			return fmt.Errorf("line %d, event %q: %w\n%s", i+1, e.Event, err, line)
		}
	}
	return nil
}
