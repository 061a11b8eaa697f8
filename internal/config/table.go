package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
)

// tableName is what a table may be called to be that of a command, and presetName what a preset may.
// Anything else stays unknown.
var (
	tableName  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	presetName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
)

// presets is the table that holds those of all presets, and presetFlag the flag that chooses one.
const (
	presets    = "preset"
	presetFlag = "preset"
)

// presetTable is what entry.command says of a key in a preset.
func presetTable(name string) string { return presets + "." + name }

// tablesOf makes a pointer to a struct that has an empty struct for each table of the document, and
// with deep one for each preset inside that of the presets.
func tablesOf(doc map[string]any, deep bool) any {
	fields := structOf(doc, tableName, func(name string, table map[string]any) reflect.Type {
		if name == presets && deep {
			return structOf(table, presetName, emptyStruct)
		}
		return emptyStruct(name, table)
	})
	return reflect.New(fields).Interface()
}

func emptyStruct(string, map[string]any) reflect.Type { return reflect.TypeFor[struct{}]() }

// structOf is a type with a field for each table inside of one.
func structOf(doc map[string]any, valid *regexp.Regexp, field func(string, map[string]any) reflect.Type) reflect.Type {
	var names []string
	for key, value := range doc {
		if _, ok := value.(map[string]any); ok && valid.MatchString(key) {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	fields := make([]reflect.StructField, len(names))
	for i, name := range names {
		fields[i] = reflect.StructField{
			Name: fmt.Sprintf("Table%d", i),
			Type: field(name, doc[name].(map[string]any)),
			Tag:  reflect.StructTag(fmt.Sprintf("toml:%q", name)),
		}
	}
	return reflect.StructOf(fields)
}
