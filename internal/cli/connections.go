package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ConnectionsCmd works with connections.
type ConnectionsCmd struct {
	List ConnectionsListCmd `cmd:"" default:"1" help:"List connections with their health."`
	Run  ConnectionsRunCmd  `cmd:"" help:"Collect now, or map history again."`
}

// ConnectionsListCmd lists connections.
type ConnectionsListCmd struct{}

// Run prints the list.
func (*ConnectionsListCmd) Run(c *Context) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	var all []json.RawMessage
	if err := client.List(c.Ctx, "/connections", nil, func(raw json.RawMessage) error { all = append(all, raw); return nil }); err != nil {
		return err
	}
	if c.Global.Output == "json" {
		return c.printJSON(all)
	}
	t := c.table("ID", "NAME", "KIND", "HEALTH", "SCOPES", "LAST SUCCESS")
	for _, raw := range all {
		var v struct {
			ID, Name, Kind string
			Health         struct {
				State           string
				Scopes          int64
				OldestSuccessAt *time.Time
			}
		}
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		last := "—"
		if v.Health.OldestSuccessAt != nil {
			last = v.Health.OldestSuccessAt.Local().Format("2006-01-02 15:04")
		}
		t.row(v.ID, v.Name, v.Kind, v.Health.State, strconv.FormatInt(v.Health.Scopes, 10), last)
	}
	return t.flush()
}

// ConnectionsRunCmd starts a run.
type ConnectionsRunCmd struct {
	ID     string `arg:"" help:"Id of the connection."`
	Replay bool   `help:"Map what was collected before again, without asking the tool."`
	Wait   bool   `help:"Wait until the run ends and show its progress."`
}

// Run starts the run and, when asked, follows it.
func (r *ConnectionsRunCmd) Run(c *Context) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	kind := "PULL"
	if r.Replay {
		kind = "REPLAY"
	}
	type run struct {
		ID, State, Note, Error string
		Records, Pages         int64
	}
	var now run
	if err := client.Do(c.Ctx, http.MethodPost, "/connections/"+url.PathEscape(r.ID)+"/runs", nil, map[string]any{"kind": kind}, &now); err != nil {
		return err
	}
	fmt.Fprintf(c.Err, "Run %s is queued.\n", now.ID)
	for last := ""; r.Wait && (now.State == "QUEUED" || now.State == "RUNNING"); {
		if err := client.Pause(c.Ctx, time.Second); err != nil {
			return err
		}
		if err := client.Do(c.Ctx, http.MethodGet, "/connection-runs/"+now.ID, nil, nil, &now); err != nil {
			return err
		}
		if line := fmt.Sprintf("%s: %d records from %d pages. %s", now.State, now.Records, now.Pages, now.Note); line != last {
			fmt.Fprintln(c.Err, line)
			last = line
		}
	}
	if now.State == "FAILED" {
		return fmt.Errorf("the run failed: %s", now.Error)
	}
	return nil
}
