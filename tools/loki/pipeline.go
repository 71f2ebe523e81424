package main

import (
	"time"

	"github.com/grafana/loki/v3/clients/pkg/logentry/stages"
	"github.com/grafana/loki/v3/pkg/logproto"
	"github.com/grafana/loki/v3/pkg/logql/syntax"
	logger "github.com/grafana/loki/v3/pkg/util/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

type entry struct {
	Labels   model.LabelSet
	Metadata labels.Labels
	Time     time.Time
	Line     string
}

// process sends lines through stages.
func process(config stages.PipelineStages, lines []string) []entry {
	pipeline, err := stages.NewPipeline(logger.Logger, config, nil, prometheus.NewRegistry())
	check(err)
	in, entries := make(chan stages.Entry, len(lines)), []entry{}
	for _, line := range lines {
		read := stages.Entry{Extracted: map[string]any{}}
		read.Labels = model.LabelSet{"filename": "audit.log"} // as the reader of a file sets it
		read.Timestamp, read.Line = time.Now(), line
		in <- read
	}
	close(in)
	for out := range pipeline.Run(in) {
		metadata := logproto.FromLabelAdaptersToLabels(out.StructuredMetadata)
		entries = append(entries, entry{out.Labels, metadata, out.Timestamp, out.Line})
	}
	return entries
}

// ask answers a log query with lines.
func ask(query string, entries []entry) []string {
	selector, err := syntax.ParseLogSelector(query, true)
	check(err)
	pipeline, err := selector.Pipeline()
	check(err)
	found := []string{}
	for _, e := range entries {
		stream, err := syntax.ParseLabels(e.Labels.String())
		check(err)
		line, _, matches := pipeline.ForStream(stream).Process(e.Time.UnixNano(), []byte(e.Line), e.Metadata)
		for _, matcher := range selector.Matchers() {
			matches = matches && matcher.Matches(stream.Get(matcher.Name))
		}
		if matches {
			found = append(found, string(line))
		}
	}
	return found
}
