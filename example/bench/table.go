package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sealedauth/auth/example/bench/contender"
)

// table is printed in Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t table) print(w io.Writer) {
	rule := "| --- " + strings.Repeat("| ---: ", len(t.head)-1) + "|"
	_, _ = fmt.Fprintf(w, "### %s\n\n| %s |\n%s\n", t.title, strings.Join(t.head, " | "), rule)
	for _, row := range t.rows {
		_, _ = fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
	_, _ = fmt.Fprintln(w)
}

// goal is a target for the three sizes beside what was measured.
type goal struct {
	what     string
	least    bool   // the target is a minimum
	format   string // of a number
	target   [3]float64
	measured [3]float64
}

func (g goal) row() []string {
	sign := "≤"
	if g.least {
		sign = "≥"
	}
	met := "yes"
	for i, m := range g.measured {
		if g.least && m < g.target[i] || !g.least && m > g.target[i] {
			met = "**no**"
		}
	}
	return []string{g.what, sign + " " + three(g.format, g.target), three(g.format, g.measured), met}
}

func three(format string, v [3]float64) string {
	return fmt.Sprintf(strings.Join([]string{format, format, format}, " / "), v[0], v[1], v[2])
}

func goalTable(title string, goals []goal) table {
	t := table{title: title, head: []string{"S / M / L", "target", "measured", "met"}}
	for _, g := range goals {
		t.rows = append(t.rows, g.row())
	}
	return t
}

// forSizes calls f for each size.
func forSizes(f func(size string) float64) (v [3]float64) {
	for i, size := range contender.Sizes() {
		v[i] = f(size.Name)
	}
	return v
}

// targets returns the table of the targets that need no other program.
func targets(c *codecs, echo bySize, scaling, alone [3]float64) table {
	ours := contender.Kit
	decode := func(a, b string) [3]float64 {
		return forSizes(func(s string) float64 { return c.decode[s].ratio(a, b) })
	}
	echoTime := func(name string) [3]float64 {
		return forSizes(func(s string) float64 { return median(echo[s].of[name].ns) / 1000 })
	}
	goals := []goal{
		{"decode ÷ 8b", false, "%.2f", [3]float64{0.35, 0.30, 0.27}, decode(ours, contender.Limit)},
		{"decode with a typed struct of custom claims ÷ 8b", false, "%.2f", [3]float64{0.60, 0.45, 0.40}, decode(contender.KitTyped, contender.Limit)},
		{"naive go-jose jwt ÷ decode", true, "%.1f", [3]float64{18, 14, 12}, decode(contender.Naive, ours)},
		{"fastest peer without state ÷ decode", true, "%.1f", [3]float64{6, 5, 5}, forSizes(c.bestPeer)},
		{"allocations of a decode", false, "%.0f", [3]float64{2, 2, 2}, forSizes(func(s string) float64 { return c.decode[s].of[ours].allocs })},
		{"encode ÷ 8b", false, "%.2f", [3]float64{0.70, 0.75, 0.80}, forSizes(func(s string) float64 { return c.encode[s].ratio(ours, contender.Limit) })},
		{"allocations of an encode", false, "%.0f", [3]float64{2, 2, 4}, forSizes(func(s string) float64 { return c.encode[s].of[ours].allocs })},
		{"bytes of cookies", false, "%.0f", cookieTarget(), forSizes(func(s string) float64 { return float64(c.cookies[s][ours].bytes) })},
		{"request in Echo ÷ the same with 8b", false, "%.2f", [3]float64{0.47, 0.37, 0.29}, forSizes(func(s string) float64 { return echo[s].ratio(ours, contender.Limit) })},
		{"request in Echo, µs", false, "%.1f", [3]float64{3.2, 5.5, 14}, echoTime(ours)},
		{"two goroutines ÷ one, decodes in the same time, beside a heap of 64 MB", true, "%.2f", [3]float64{1.5, 1.5, 1.5}, scaling},
	}
	t := goalTable("Targets", goals)
	t.rows = append(t.rows, []string{"for comparison: request in Echo with 8b, µs", "6.8 / 15.0 / 49.0", three("%.1f", echoTime(contender.Limit)), ""},
		[]string{"for comparison: two goroutines ÷ one, nothing else in memory", "", three("%.2f", alone), ""})
	return t
}

// cookieTarget is base64url and a little more.
func cookieTarget() (v [3]float64) {
	for i, size := range contender.Sizes() {
		v[i] = float64(size.Bytes*4/3 + 130)
	}
	return v
}
