package main

import (
	"fmt"
	"io"
	"strings"
)

// report is what the doctor says, line by line.
type report struct {
	w       io.Writer
	wrong   int
	unclear int
}

func newReport(w io.Writer) *report { return &report{w: w} }

func (r *report) section(title string) { r.line("\n" + title + "\n") }

func (r *report) note(format string, args ...any) { r.marked("      ", format, args...) }
func (r *report) good(format string, args ...any) { r.marked("ok    ", format, args...) }

// look marks what may be meant so.
func (r *report) look(format string, args ...any) {
	r.unclear++
	r.marked("look  ", format, args...)
}

// bad marks what has to be changed.
func (r *report) bad(format string, args ...any) {
	r.wrong++
	r.marked("WRONG ", format, args...)
}

func (r *report) marked(mark, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.line("  " + mark + strings.ReplaceAll(text, "\n", "\n        ") + "\n")
}

func (r *report) line(s string) { _, _ = io.WriteString(r.w, s) }

// end sums up, and reports whether nothing is wrong.
func (r *report) end() bool {
	switch {
	case r.wrong > 0:
		r.line(fmt.Sprintf("\n%d to be changed, %d to be looked at.\n", r.wrong, r.unclear))
	case r.unclear > 0:
		r.line(fmt.Sprintf("\nNothing is wrong; %d to be looked at.\n", r.unclear))
	default:
		r.line("\nAll is well.\n")
	}
	return r.wrong == 0
}
