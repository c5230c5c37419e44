package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

func (c *Context) printJSON(v any) error {
	e := json.NewEncoder(c.Out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type table struct{ w *tabwriter.Writer }

func (c *Context) table(header ...string) table {
	t := table{tabwriter.NewWriter(c.Out, 0, 4, 2, ' ', 0)}
	t.row(header...)
	return t
}

// row prints one line; control characters of data must not reach the terminal.
func (t table) row(cells ...string) {
	for i, s := range cells {
		cells[i] = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, s)
	}
	fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

func (t table) flush() error { return t.w.Flush() }
