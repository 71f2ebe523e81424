// alloy-syntax parses a configuration of Grafana Alloy from standard input, with the parser that Alloy uses. It does
// not know Alloy's components and their arguments.
//
//	alloy-syntax             prints the diagnostics; exits 1 if there are any
//	alloy-syntax stages      prints the stage blocks in order, as JSON: [{"stage": "drop", "arguments": {…}}]
//	alloy-syntax templates   reads {"template": …, "option": …, "data": [{…}]} and prints, for each item of data,
//	                         {"text": …} or {"error": …}; a Go template with the functions of sprig
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/diag"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/vm"
)

var version string // set at link time

// fileName stands for standard input in a diagnostic.
const fileName = "configuration"

type stage struct {
	Stage     string         `json:"stage"`
	Arguments map[string]any `json:"arguments"`
}

// stagesIn evaluates the stage blocks at any depth of a configuration.
func stagesIn(body ast.Body) ([]stage, error) {
	found := []stage{}
	for _, statement := range body {
		block, isBlock := statement.(*ast.BlockStmt)
		if !isBlock {
			continue
		}
		if block.Name[0] != "stage" {
			inner, err := stagesIn(block.Body)
			if err != nil {
				return nil, err
			}
			found = append(found, inner...)
			continue
		}
		arguments := map[string]any{}
		for _, statement := range block.Body {
			attribute, isAttribute := statement.(*ast.AttributeStmt)
			if !isAttribute {
				return nil, fmt.Errorf("%s: a block in a stage is not supported", block.GetBlockName())
			}
			var value any
			if err := vm.New(attribute.Value).Evaluate(nil, &value); err != nil {
				return nil, err
			}
			arguments[attribute.Name.Name] = value
		}
		found = append(found, stage{strings.Join(block.Name[1:], "."), arguments})
	}
	return found, nil
}

type rendered struct {
	Text  string `json:"text,omitempty"`
	Error string `json:"error,omitempty"`
}

// render executes a template for each item of data.
func render(input io.Reader) ([]rendered, error) {
	var request struct {
		Template, Option string
		Data             []map[string]string
	}
	if err := json.NewDecoder(input).Decode(&request); err != nil {
		return nil, err
	}
	parsed, err := template.New("template").Option(request.Option).Funcs(sprig.TxtFuncMap()).Parse(request.Template)
	if err != nil {
		return nil, err
	}
	results := make([]rendered, len(request.Data))
	for i, data := range request.Data {
		var text strings.Builder
		if err := parsed.Execute(&text, data); err != nil {
			results[i].Error = err.Error()
		} else {
			results[i].Text = text.String()
		}
	}
	return results, nil
}

func run(command string) error {
	var result any
	if command == "templates" {
		results, err := render(os.Stdin)
		if err != nil {
			return err
		}
		result = results
	} else {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fileName, text)
		var diagnostics diag.Diagnostics
		if errors.As(err, &diagnostics) {
			_ = diag.Fprint(os.Stdout, map[string][]byte{fileName: text}, diagnostics)
			os.Exit(1)
		}
		if err != nil || command == "" {
			return err
		}
		if result, err = stagesIn(file.Body); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func main() {
	command := strings.Join(os.Args[1:], " ")
	switch command {
	case "--version":
		fmt.Println(version)
	case "", "stages", "templates":
		if err := run(command); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintf(os.Stderr, "%s: allowed are --version, stages and templates\n", command)
		os.Exit(2)
	}
}
