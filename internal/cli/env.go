package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The exit codes of the env commands beside those of every client command.
const (
	ExitBooked = 10 // the environment is booked by somebody else
	ExitFreeze = 11 // a freeze forbids it
	ExitOutage = 12 // the environment is down, or not bookable
)

// EnvCmd asks about test environments.
type EnvCmd struct {
	Check EnvCheckCmd `cmd:"" help:"May this deployment go now? Exit code 0 yes, 10 booked by another, 11 freeze, 12 outage or not bookable."`
	Wait  EnvWaitCmd  `cmd:"" help:"Wait until this deployment may go; the exit codes of check when the time is up."`
}

// Deployment says which deployment an env command asks about.
type Deployment struct {
	Environment string `required:"" help:"Key or id of the environment."`
	Application string `help:"Key, alias or id of the application that is deployed."`
	Booking     string `help:"Id or number of the booking this deployment belongs to, where the token is not its holder's."`
}

// Closed is the answer that a deployment may not go, with its exit code.
type Closed struct {
	Code    int
	Reason  string
	OpensAt *time.Time
}

// Error returns the reason and the next opening.
func (c *Closed) Error() string {
	if c.OpensAt == nil {
		return c.Reason
	}
	return fmt.Sprintf("%s Open next: %s (in %s).", c.Reason, c.OpensAt.UTC().Format("2006-01-02 15:04 MST"), time.Until(*c.OpensAt).Round(time.Minute))
}

type deploymentCheck struct {
	Verdict string     `json:"verdict"`
	Reason  string     `json:"reason"`
	OpensAt *time.Time `json:"opensAt"`
}

// closed turns a verdict into the error that carries its exit code; nil means go.
func (a deploymentCheck) closed() error {
	codes := map[string]int{"booked": ExitBooked, "freeze": ExitFreeze, "outage": ExitOutage, "not_bookable": ExitOutage}
	code, known := codes[a.Verdict]
	switch {
	case a.Verdict == "go":
		return nil
	case !known:
		return fmt.Errorf("the server answered the unknown verdict %q; this command may be too old for it", a.Verdict)
	}
	return &Closed{Code: code, Reason: a.Reason, OpensAt: a.OpensAt}
}

// ask asks the server once and returns the answer as sent and as read.
func (d Deployment) ask(c *Context, client *Client) (json.RawMessage, deploymentCheck, error) {
	body := map[string]any{"environment": d.Environment}
	put(body, "application", d.Application)
	put(body, "booking", d.Booking)
	var raw json.RawMessage
	var a deploymentCheck
	if err := client.Do(c.Ctx, http.MethodPost, "/deployment-checks", nil, body, &raw); err != nil {
		return nil, a, err
	}
	return raw, a, json.Unmarshal(raw, &a)
}

// EnvCheckCmd asks once.
type EnvCheckCmd struct{ Deployment }

// Run prints the verdict; the error carries the exit code.
func (e *EnvCheckCmd) Run(c *Context) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	raw, a, err := e.ask(c, client)
	if err != nil {
		return err
	}
	return c.verdict(raw, a)
}

func (c *Context) verdict(raw json.RawMessage, a deploymentCheck) error {
	if c.Global.Output == "json" {
		if err := c.printJSON(raw); err != nil {
			return err
		}
	} else if a.Verdict == "go" {
		fmt.Fprintln(c.Out, "go:", a.Reason)
	}
	return a.closed()
}

// EnvWaitCmd asks again and again until the answer is go or the time is up.
type EnvWaitCmd struct {
	Deployment
	Timeout time.Duration `default:"1h" help:"How long to wait at most, as 90m or 6h."`
	Every   time.Duration `default:"30s" help:"How often to ask at least; sooner when the next opening is nearer."`
}

// Run waits; every change of the reason is told on the error output, so that the log of a CI shows what it waits for.
func (e *EnvWaitCmd) Run(c *Context) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	if e.Timeout < 0 || e.Every <= 0 {
		return UsageError{"--timeout must not be negative and --every must be positive"}
	}
	told := ""
	left := e.Timeout
	for {
		raw, a, err := e.ask(c, client)
		if err != nil && !errors.Is(err, errUnreachable) {
			return err
		}
		if err == nil {
			closed := a.closed()
			if left <= 0 || closed == nil || !isClosed(closed) {
				return c.verdict(raw, a)
			}
			if text := closed.Error(); text != told && c.Global.Output != "json" {
				fmt.Fprintln(c.Err, "waiting:", text)
				told = text
			}
		} else if left <= 0 {
			return err
		}
		next := e.next(a.OpensAt, left)
		if err := client.Pause(c.Ctx, next); err != nil {
			return err
		}
		left -= next
	}
}

// next is how long to wait before the next question: until the opening when that is near, never past the timeout.
func (e *EnvWaitCmd) next(opens *time.Time, left time.Duration) time.Duration {
	wait := e.Every
	if opens != nil {
		if until := time.Until(*opens); until > 0 && until < wait {
			wait = until
		}
	}
	return max(min(wait, left), time.Millisecond)
}

func isClosed(err error) bool {
	var c *Closed
	return errors.As(err, &c)
}
