// Command loki-pipeline plays what lies between a log file and an answer: the stages of a `loki.process` block of
// Grafana Alloy's configuration, and LogQL's log queries over what comes out of them. Both are Loki's own code.
// It reads {"config": …, "lines": […], "queries": […]} as JSON and writes {"entries": […], "answers": [[…]]}.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/vm"
	"github.com/grafana/loki/v3/clients/pkg/logentry/stages"
)

var version string // set at link time

func main() {
	if len(os.Args) > 1 {
		fmt.Println(version)
		return
	}
	var input struct {
		Config         string
		Lines, Queries []string
	}
	check(json.NewDecoder(os.Stdin).Decode(&input))
	file, err := parser.ParseFile("config.alloy", []byte(input.Config))
	check(err)
	entries, answers := process(stagesOf(file.Body), input.Lines), [][]string{}
	for _, query := range input.Queries {
		answers = append(answers, ask(query, entries))
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"entries": entries, "answers": answers}))
}

// stagesOf gives every stage the form it had before Alloy, where label_drop was one word and lists stood for themselves.
func stagesOf(body ast.Body) (found stages.PipelineStages) {
	for _, statement := range body {
		if block, isBlock := statement.(*ast.BlockStmt); isBlock && block.Name[0] == "stage" {
			settings := map[string]any{}
			for _, statement := range block.Body {
				var value any
				attribute := statement.(*ast.AttributeStmt)
				check(vm.New(attribute.Value).Evaluate(nil, &value))
				settings[attribute.Name.Name] = value
			}
			var config any = settings
			if values, isList := settings["values"]; isList {
				config = values
			}
			found = append(found, stages.PipelineStage{strings.Replace(block.Name[1], "label_", "label", 1): config})
		} else if isBlock {
			found = append(found, stagesOf(block.Body)...)
		}
	}
	return found
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
