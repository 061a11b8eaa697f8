package manifest

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML makes nodes of a YAML document. Anchors and aliases are refused: a few lines of them can stand for more than
// fits into memory, and defaults serve the same purpose.
func readYAML(text []byte) (*node, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &node{kind: table, line: 1}, nil
	case err != nil:
		return nil, yamlError(err)
	}
	switch err := d.Decode(&second); {
	case err == nil:
		return nil, faultAt(second.Line, "a second document; a manifest is one")
	case !errors.Is(err, io.EOF):
		return nil, yamlError(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, faultAt(1, "no document")
	}
	if root := doc.Content[0]; root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return &node{kind: table, line: 1}, nil
	}
	return yamlNode(doc.Content[0], 0)
}

// yamlLine is how the library says where the fault is.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func yamlError(err error) error {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	line, _ := strconv.Atoi(m[1])
	return faultAt(line, "%s", strings.TrimPrefix(err.Error(), m[0]))
}

// yamlNode makes one node; depth is how many keys and indexes led to it.
func yamlNode(y *yaml.Node, depth int) (*node, error) {
	n := &node{line: y.Line}
	switch {
	case depth > deepest:
		return nil, &lineError{y.Line, errDeep}
	case y.Kind == yaml.AliasNode || y.Anchor != "":
		return nil, faultAt(y.Line, "anchors and aliases are not taken; put what is common into defaults")
	case y.Style&yaml.TaggedStyle != 0:
		return nil, faultAt(y.Line, "tags are not taken: %s", y.Tag)
	case y.Kind == yaml.ScalarNode:
		if y.ShortTag() == "!!null" {
			return nil, faultAt(y.Line, "a value is missing")
		}
		n.text = y.Value
	case y.Kind == yaml.SequenceNode:
		n.kind = list
		for _, element := range y.Content {
			inner, err := yamlNode(element, depth+1)
			if err != nil {
				return nil, err
			}
			n.list = append(n.list, inner)
		}
	case y.Kind == yaml.MappingNode:
		n.kind = table
		return n, n.addPairs(y.Content, depth+1)
	}
	return n, nil
}

// addPairs takes in the keys and values of a mapping.
func (n *node) addPairs(content []*yaml.Node, depth int) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(content); i += 2 {
		key := content[i]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" || key.Anchor != "" {
			return faultAt(key.Line, "a key that is no name")
		}
		if seen[key.Value] {
			return faultAt(key.Line, "%q is here twice", key.Value)
		}
		seen[key.Value] = true
		value, err := yamlNode(content[i+1], depth)
		if err != nil {
			return err
		}
		n.table = append(n.table, pair{key.Value, key.Line, value})
	}
	return nil
}
