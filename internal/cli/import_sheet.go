package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// sheetOptions are what the imports of spreadsheets of environments take.
type sheetOptions struct {
	File        string `arg:"" help:"CSV or XLSX file, or - for CSV on standard input."`
	Mapping     string `help:"The name of a saved mapping of columns and names; guessed from the header when left out."`
	Unit        string `help:"Id of the unit where new records go that name none; the root when left out."`
	Sheet       string `help:"The worksheet; guessed when left out."`
	Zone        string `help:"The IANA name of the zone whose clocks the sheet means, such as Europe/Vienna."`
	Clashes     string `enum:"request,skip,wait," default:"" help:"What becomes of bookings that clash: request, skip or wait."`
	DryRun      bool   `name:"dry-run" help:"Only show what would be imported and what is wrong, by row and column."`
	SkipInvalid bool   `name:"skip-invalid" help:"Import the good rows and leave the others out."`
}

type (
	// ImportEnvironmentsCmd imports environments.
	ImportEnvironmentsCmd struct{ sheetOptions }
	// ImportComponentsCmd imports what is installed in environments.
	ImportComponentsCmd struct{ sheetOptions }
	// ImportGroupsCmd imports groups of environments.
	ImportGroupsCmd struct{ sheetOptions }
	// ImportBookingsCmd imports bookings.
	ImportBookingsCmd struct{ sheetOptions }
)

// Run imports the file.
func (i *ImportEnvironmentsCmd) Run(c *Context) error { return i.send(c, "environments") }

// Run imports the file.
func (i *ImportComponentsCmd) Run(c *Context) error { return i.send(c, "components") }

// Run imports the file.
func (i *ImportGroupsCmd) Run(c *Context) error { return i.send(c, "groups") }

// Run imports the file.
func (i *ImportBookingsCmd) Run(c *Context) error { return i.send(c, "bookings") }

// sheetImport is an import as the server shows it.
type sheetImport struct {
	ID           string `json:"id"`
	State        string `json:"state"`
	Version      int64  `json:"version"`
	ErrorCode    string `json:"errorCode"`
	ErrorMessage string `json:"errorMessage"`
	ErrorRow     int    `json:"errorRow"`
	Counts       struct {
		Rows, New, Changed, Unchanged, Invalid, Skipped, Clashing, Clashes int64
	} `json:"counts"`
	Questions []struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
		Count int64  `json:"count"`
	} `json:"questions"`
	Notes []struct {
		Message string `json:"message"`
	} `json:"notes"`
}

func (o sheetOptions) send(c *Context, kind string) error {
	raw, err := c.readFile(o.File)
	if err != nil {
		return err
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	contentType := "text/csv"
	if strings.EqualFold(filepath.Ext(o.File), ".xlsx") {
		contentType = xlsxType
	}
	query := url.Values{"kind": {kind}, "fileName": {filepath.Base(o.File)}}
	for key, value := range map[string]string{"mapping": o.Mapping, "unitId": o.Unit, "zone": o.Zone} {
		if value != "" {
			query.Set(key, value)
		}
	}
	var i sheetImport
	if err := client.Do(c.Ctx, http.MethodPost, "/environment-imports", query, Upload{Content: raw, Type: contentType}, &i); err != nil {
		return err
	}
	at := "/environment-imports/" + i.ID
	change := map[string]any{"skipInvalid": o.SkipInvalid}
	put(change, "sheet", o.Sheet)
	put(change, "zone", o.Zone)
	put(change, "clashes", o.Clashes)
	if err := client.Do(c.Ctx, http.MethodPatch, at, nil, Matched{i.Version, change}, &i); err != nil {
		return err
	}
	if err := o.await(c, client, at+"/check", &i); err != nil {
		return err
	}
	if err := o.tell(c, client, at, i); err != nil {
		return err
	}
	wrong := i.wrong(o.SkipInvalid)
	if o.DryRun {
		if err := client.Do(c.Ctx, http.MethodDelete, at, nil, Matched{i.Version, nil}, nil); err != nil {
			return err
		}
		return wrong
	}
	if wrong != nil {
		return wrong
	}
	if err := o.await(c, client, at+"/run", &i); err != nil {
		return err
	}
	if c.Global.Output != "json" {
		fmt.Fprintln(c.Out, "imported:", i.ID)
	}
	return nil
}

// await asks for work on an import and waits until it is done.
func (o sheetOptions) await(c *Context, client *Client, path string, i *sheetImport) error {
	if err := client.Do(c.Ctx, http.MethodPost, path, nil, Matched{i.Version, nil}, i); err != nil {
		return err
	}
	for n := 0; i.State == "checking" || i.State == "running"; n++ {
		if err := client.Pause(c.Ctx, min(time.Duration(n+1)*200*time.Millisecond, 3*time.Second)); err != nil {
			return err
		}
		*i = sheetImport{ID: i.ID}
		if err := client.Do(c.Ctx, http.MethodGet, "/environment-imports/"+i.ID, nil, nil, i); err != nil {
			return err
		}
	}
	if i.State != "failed" {
		return nil
	}
	text := i.ErrorMessage
	if i.ErrorRow > 0 {
		text = fmt.Sprintf("row %d: %s", i.ErrorRow, text)
	}
	return &Problem{Status: 422, Code: i.ErrorCode, Detail: "Nothing was imported: " + text}
}

// wrong says what keeps a checked import from being run.
func (i sheetImport) wrong(skip bool) error {
	switch {
	case len(i.Questions) > 0:
		return &Problem{Status: 422, Code: "import_undecided", Detail: "Nothing was imported: some names are not known. Decide about them once in the web interface and save a mapping, then name it with --mapping."}
	case i.Counts.Invalid > 0 && !skip:
		return &Problem{Status: 422, Code: "rows_invalid", Detail: "Nothing was imported: some rows have errors."}
	}
	return nil
}

// tell prints what an import would do.
func (o sheetOptions) tell(c *Context, client *Client, at string, i sheetImport) error {
	if c.Global.Output == "json" {
		return c.printJSON(i)
	}
	for _, n := range i.Notes {
		fmt.Fprintln(c.Out, n.Message)
	}
	for _, q := range i.Questions {
		if q.Kind == "date_order" {
			fmt.Fprintf(c.Out, "%d dates can be read in two ways; choose the order\n", q.Count)
			continue
		}
		fmt.Fprintf(c.Out, "unknown %s %q in %d cells\n", q.Kind, q.Value, q.Count)
	}
	err := client.List(c.Ctx, at+"/rows", url.Values{"act": {"invalid"}}, func(raw json.RawMessage) error {
		var r struct {
			Number int `json:"number"`
			Errors []struct {
				Column, Field, Message, Value string
			} `json:"errors"`
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		for _, e := range r.Errors {
			place := fmt.Sprintf("row %d", r.Number)
			if e.Column != "" {
				place += ", column " + e.Column
			}
			fmt.Fprintf(c.Out, "%s: %s\n", place, e.Message)
		}
		return nil
	})
	n := i.Counts
	fmt.Fprintf(c.Out, "%d rows: %d new, %d changed, %d unchanged, %d with errors, %d left out, %d clashing\n", n.Rows, n.New, n.Changed, n.Unchanged, n.Invalid, n.Skipped, n.Clashing)
	return err
}
