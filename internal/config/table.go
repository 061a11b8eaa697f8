package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
)

// tableName is what a table may be called to be that of a command. Anything else stays unknown.
var tableName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// tablesOf makes a pointer to a struct that has an empty struct for each table of the document.
func tablesOf(doc map[string]any) any {
	var names []string
	for key, value := range doc {
		if _, ok := value.(map[string]any); ok && tableName.MatchString(key) {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	fields := make([]reflect.StructField, len(names))
	for i, name := range names {
		fields[i] = reflect.StructField{
			Name: fmt.Sprintf("Table%d", i),
			Type: reflect.TypeFor[struct{}](),
			Tag:  reflect.StructTag(fmt.Sprintf("toml:%q", name)),
		}
	}
	return reflect.New(reflect.StructOf(fields)).Interface()
}
