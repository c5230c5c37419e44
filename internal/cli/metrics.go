package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MetricsCmd reads metrics.
type MetricsCmd struct {
	Dora MetricsDoraCmd `cmd:"" help:"The five DORA metrics of a unit, team or application."`
}

// MetricsDoraCmd reads the five DORA metrics.
type MetricsDoraCmd struct {
	Unit        string `help:"Id of a unit; with everything below it."`
	Team        string `help:"Id of a team."`
	Application string `help:"Key or id of an application."`
	Class       string `name:"class" help:"Environment class; production when left out."`
	From        string `help:"First day or instant; 90 days ago when left out."`
	To          string `help:"Last day or instant; now when left out."`
	Bucket      string `enum:"day,week,month" default:"week" help:"day, week or month."`
}

type doraAnswer struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Metrics []struct {
		Key      string   `json:"key"`
		Value    *float64 `json:"value"`
		Unit     string   `json:"unit"`
		N        int64    `json:"n"`
		Low      *float64 `json:"low"`
		High     *float64 `json:"high"`
		Reason   string   `json:"reason"`
		Previous *struct {
			Value *float64 `json:"value"`
		} `json:"previous"`
	} `json:"metrics"`
}

// Run prints the metrics.
func (m *MetricsDoraCmd) Run(c *Context) error {
	query := url.Values{}
	for name, v := range map[string]string{
		"unit": m.Unit, "team": m.Team, "application": m.Application, "environmentClass": strings.ToUpper(m.Class),
		"from": m.From, "to": m.To, "bucket": m.Bucket,
	} {
		if v != "" {
			query.Set(name, v)
		}
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := client.Do(c.Ctx, http.MethodGet, "/metrics/dora", query, nil, &raw); err != nil {
		return err
	}
	if c.Global.Output == "json" {
		return c.printJSON(raw)
	}
	var a doraAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%s to %s\n", a.From.Format(time.DateOnly), a.To.Format(time.DateOnly))
	t := c.table("METRIC", "VALUE", "INTERVAL", "N", "BEFORE", "NOTE")
	for _, x := range a.Metrics {
		interval, before := "—", "—"
		if x.Low != nil && x.High != nil {
			interval = quantity(x.Low, x.Unit) + " – " + quantity(x.High, x.Unit)
		}
		if x.Previous != nil {
			before = quantity(x.Previous.Value, x.Unit)
		}
		t.row(strings.ReplaceAll(x.Key, "_", " "), quantity(x.Value, x.Unit), interval, strconv.FormatInt(x.N, 10), before, x.Reason)
	}
	return t.flush()
}

// quantity writes a value in words people use: absent is a dash, zero is 0.
func quantity(v *float64, unit string) string {
	if v == nil {
		return "—"
	}
	switch unit {
	case "seconds":
		return duration(time.Duration(*v * float64(time.Second)))
	case "ratio":
		return strconv.FormatFloat(*v*100, 'f', 1, 64) + " %"
	case "per_day":
		return strconv.FormatFloat(*v, 'f', 2, 64) + " a day"
	}
	return strconv.FormatFloat(*v, 'g', 4, 64)
}

// duration writes the two largest parts: "2 d 4 h".
func duration(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", int64(d/time.Second))
	}
	minutes := int64(d / time.Minute)
	days, hours, rest := minutes/1440, minutes/60%24, minutes%60
	switch {
	case days > 0 && hours > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case days > 0:
		return fmt.Sprintf("%d d", days)
	case hours > 0 && rest > 0:
		return fmt.Sprintf("%d h %d min", hours, rest)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d min", rest)
}
